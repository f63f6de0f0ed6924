import { t } from '@vscode/l10n';
import type { Connection, ItemKind } from './cloudSource.ts';

/** The services of a catalogue that hold each kind, and their names for people. */
const services: Readonly<Partial<Record<ItemKind, { readonly type: string; readonly name: string }>>> = {
  server: { type: 'compute', name: t('servers (Nova)') },
  container: { type: 'object-store', name: t('Cloud Files (Swift)') },
  object: { type: 'object-store', name: t('Cloud Files (Swift)') },
};

/** Returns why a cloud has nothing of a kind: its catalogue lacks the service in the region. */
export function lacksKind(kind: ItemKind, { cloud }: Pick<Connection, 'cloud'>): string | undefined {
  const service = services[kind];
  if (!service || cloud.session.offers(service.type, cloud.region)) return undefined;
  return t`This cloud offers no ${service.name} in region ${cloud.region}.`;
}
