/** Measures what a Node process holds, by its inspector. */
export interface Heap {
  /** MiB in use after a collection: what is resident besides is V8's to use again. */
  measure(): Promise<number>;
  close(): void;
}

/** Connects to a process that was started with `--inspect=127.0.0.1:PORT --inspect-publish-uid=http`. */
export async function openHeap(port: number): Promise<Heap> {
  const listed = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
  const socket = new WebSocket((listed as { webSocketDebuggerUrl: string }[])[0]?.webSocketDebuggerUrl ?? '');
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  let last = 0;
  const call = (method: string): Promise<{ usedSize?: number }> =>
    new Promise((resolve) => {
      const id = ++last;
      const listen = ({ data }: MessageEvent): void => {
        const { id: answered, result } = JSON.parse(String(data));
        if (answered !== id) return;
        socket.removeEventListener('message', listen);
        resolve(result);
      };
      socket.addEventListener('message', listen);
      socket.send(JSON.stringify({ id, method }));
    });
  await call('HeapProfiler.enable');
  return {
    measure: async () => {
      await call('HeapProfiler.collectGarbage');
      const { usedSize = Number.NaN } = await call('Runtime.getHeapUsage');
      return usedSize / 2 ** 20;
    },
    close: () => socket.close(),
  };
}
