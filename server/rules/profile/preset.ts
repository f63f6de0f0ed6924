/** Named sets of settings: `strict` is about severities, `scs` about what images must say. */
export type Preset = 'default' | 'strict' | 'scs';

/** Tells whether a project has chosen a preset, alone or among others. */
export function hasPreset(chosen: Preset | readonly Preset[] | undefined, preset: Preset): boolean {
  return chosen !== undefined && [chosen].flat().includes(preset);
}
