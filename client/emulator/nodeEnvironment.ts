/** Makes the editor's program run as plain Node, without the NODE_OPTIONS that debuggers of the extension host set. */
export function nodeEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  return { ...inherited, ELECTRON_RUN_AS_NODE: '1', ELECTRON_NO_ASAR: '1' };
}

/**
 * For processes that live long. glibc gives each thread a heap of its own otherwise, and keeps what was once needed in each,
 * the more so the larger it was: some 70 MB after a burst. Other C libraries do not know these variables.
 */
export const leanMemory = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' } as const;
