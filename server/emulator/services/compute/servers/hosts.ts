/** The one host of the emulated cloud, and its zone. */
export function describeHost(): { readonly name: string; readonly zone: string } {
  return { name: 'emulator', zone: 'nova' };
}

/** What Nova says where the scheduler finds none. */
export const noValidHost = 'No valid host was found. There are not enough hosts available.';
