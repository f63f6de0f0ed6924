import type { Context } from '../context.ts';

export async function chooseRegion({ connections, ui }: Context): Promise<void> {
  const cloud = await connections.require();
  const regions = cloud.session.regions.map((label) => ({
    label,
    description: label === cloud.region ? 'shown now' : '',
  }));
  const region = await ui.pick(regions, 'Region whose images and tasks are shown');
  if (region) connections.chooseRegion(region.label);
}
