/** Makes the editor's program run as plain Node, without the NODE_OPTIONS that debuggers of the extension host set. */
export function nodeEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  return { ...inherited, ELECTRON_RUN_AS_NODE: '1', ELECTRON_NO_ASAR: '1' };
}
