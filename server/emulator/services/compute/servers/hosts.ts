/** The one host of the emulated cloud, and its zone. */
export function describeHost(): { readonly name: string; readonly zone: string } {
  return { name: 'emulator', zone: 'nova' };
}
