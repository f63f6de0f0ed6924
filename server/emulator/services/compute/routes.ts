import type { EmulatorContext } from '../context.ts';
import { actionRoutes } from './actions/routes.ts';
import type { OnCompute } from './api/compute.ts';
import { aggregateRoutes } from './cloud/aggregates.ts';
import { extensionRoutes } from './cloud/extensions.ts';
import { externalEventRoutes } from './cloud/externalEvents.ts';
import { goneRoutes } from './cloud/gone.ts';
import { hostRoutes } from './cloud/host.ts';
import { hostChangeRoutes } from './cloud/hostChanges.ts';
import { hypervisorRoutes } from './cloud/hypervisors.ts';
import { migrationRoutes } from './cloud/migrations.ts';
import { zoneRoutes } from './cloud/zones.ts';
import { flavorAccessRoutes } from './flavors/access.ts';
import { extraSpecRoutes } from './flavors/extraSpecs.ts';
import { flavorRoutes } from './flavors/routes.ts';
import { imageMetadataRoutes } from './images/metadata.ts';
import { imageProxyRoutes } from './images/routes.ts';
import { scheduleRoutes } from './imaging/schedule.ts';
import { keypairRoutes } from './keypairs/routes.ts';
import { networkProxyRoutes } from './network/proxies.ts';
import { securityGroupRuleRoutes } from './network/securityGroupRules.ts';
import { securityGroupRoutes } from './network/securityGroups.ts';
import { limitRoutes } from './quotas/limits.ts';
import { quotaClassRoutes, quotaRoutes } from './quotas/routes.ts';
import { tenantUsageRoutes } from './quotas/tenantUsage.ts';
import { serverGroupRoutes } from './servers/groups.ts';
import { instanceActionRoutes } from './servers/parts/actions.ts';
import { volumeAttachmentRoutes } from './servers/parts/attachments.ts';
import { consoleRoutes } from './servers/parts/consoles.ts';
import { serverMetadataRoutes } from './servers/parts/metadata.ts';
import { serverNetworkRoutes } from './servers/parts/network.ts';
import { serverStateRoutes } from './servers/parts/state.ts';
import { serverTagRoutes } from './servers/parts/tags.ts';
import { serverRoutes } from './servers/routes.ts';

/** What the Compute API serves, resource by resource. */
export const computeRoutes: readonly ((on: OnCompute, context: EmulatorContext) => void)[] = [
  serverRoutes,
  actionRoutes,
  externalEventRoutes,
  scheduleRoutes,
  serverMetadataRoutes,
  serverTagRoutes,
  serverNetworkRoutes,
  serverStateRoutes,
  consoleRoutes,
  instanceActionRoutes,
  volumeAttachmentRoutes,
  flavorRoutes,
  extraSpecRoutes,
  flavorAccessRoutes,
  imageProxyRoutes,
  imageMetadataRoutes,
  limitRoutes,
  quotaRoutes,
  quotaClassRoutes,
  tenantUsageRoutes,
  keypairRoutes,
  serverGroupRoutes,
  zoneRoutes,
  hostRoutes,
  hostChangeRoutes,
  hypervisorRoutes,
  migrationRoutes,
  aggregateRoutes,
  networkProxyRoutes,
  securityGroupRoutes,
  securityGroupRuleRoutes,
  extensionRoutes,
  goneRoutes,
];
