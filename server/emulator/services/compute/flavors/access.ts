import type { EmulatorContext } from '../../context.ts';
import { readAction } from '../api/actions.ts';
import type { OnCompute } from '../api/compute.ts';
import { requireAdmin } from '../api/permissions.ts';
import { requireKnownProject } from '../api/projects.ts';
import { conflict, itemNotFound } from '../api/refuse.ts';
import { actionSchemas } from '../schemas/flavors.ts';
import { findFlavor } from './routes.ts';

/** `/flavors/ID/os-flavor-access`, and the actions that give a flavor to a project and take it back. */
export function flavorAccessRoutes(on: OnCompute, context: EmulatorContext): void {
  const { flavors, store } = context;
  const list = (id: string) => ({
    status: 200,
    body: { flavor_access: flavors.accounts(id).map((tenant) => ({ flavor_id: id, tenant_id: tenant })) },
  });

  on('GET', '/flavors/:id/os-flavor-access', (asked) => {
    const { id, is_public: isPublic } = findFlavor(context, asked);
    if (isPublic) throw itemNotFound('Access list not available for public flavors.');
    return list(id);
  });
  on('POST', '/flavors/:id/action', async (asked) => {
    const { name, value } = await readAction(asked, actionSchemas);
    const isAdding = name === 'addTenantAccess';
    requireAdmin(asked, `os-flavor-access:${isAdding ? 'add' : 'remove'}_tenant_access`);
    const { tenant } = value as { tenant: string }; // the schema says so
    if (isAdding) requireKnownProject(context, tenant);
    const { id } = await store.write(() => {
      const flavor = findFlavor(context, asked);
      if (isAdding && flavor.is_public && asked.version >= 7)
        throw conflict('Can not add access to a public flavor.');
      if (isAdding && !flavors.addAccess(flavor.id, tenant))
        throw conflict(
          `Flavor access already exists for flavor ${flavor.id} and project ${tenant} combination.`,
        );
      if (!isAdding && !flavors.removeAccess(flavor.id, tenant))
        throw itemNotFound(`Flavor access not found for ${flavor.id} / ${tenant} combination.`);
      return flavor;
    });
    return list(id);
  });
}
