/** Runs `work` once more for any number of calls that come while it runs. */
export function coalesced(work: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let running = false;
  let wanted = false;

  async function run(): Promise<void> {
    running = true;
    while (wanted) {
      wanted = false;
      await work().catch(failed);
    }
    running = false;
  }

  return () => {
    wanted = true;
    if (!running) void run();
  };
}
