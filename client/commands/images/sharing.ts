import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { accountExists } from '../../../server/cloud/services/accounts.ts';
import { unlessMissing } from '../../../server/cloud/session/errors.ts';
import { doubtMember, refuseShare } from '../../../server/rules/service/sharing.ts';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import { forbids, readName } from '../../cloud/permissions.ts';
import type { Person } from '../../cloud/roles.ts';
import type { Context } from '../../context.ts';
import { confirmChange } from '../../ui/confirm.ts';
import { Cancelled } from '../../ui/errors.ts';
import type { Objection } from '../../ui/formStep.ts';
import type { MemberNode } from '../../views/images/imageBranches.ts';
import { applyToEach, nameImages } from './eachImage.ts';
import { selectImages } from './selection.ts';

/** Shares images with another account, by its number, after saying what that means. */
export async function shareImages(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const images = await selectImages(context, [node, nodes], {
    title: t('Share which image?'),
    verb: 'share',
  });
  const { cloud, ...person } = await context.source.connect();
  const members = await listMembers(context, images);
  const title = t`Number of the account to share ${nameImages(images)} with`;
  const member = await context.ui.ask(title, (text) => objection(text, members, person), {
    placeHolder: t('such as 100002'),
  });
  if (member === undefined) throw new Cancelled();
  const exists = await accountExists(cloud.session, cloud.region, member);
  if (exists === false) throw new Error(t`There is no account ${member} in this cloud. Nothing was shared.`);
  const question = t`Share ${nameImages(images)} with account ${member}?`;
  const detail = [
    ...consequences(cloud.region, person),
    ...(exists
      ? []
      : [t('This cloud does not tell your user whether the account exists: check its number again.')]),
  ];
  if (!(await context.ui.confirm(question, detail.join('\n\n'), t('Share')))) throw new Cancelled();
  const report = (done: readonly LiveImage[]): void => {
    const message = t`Shared ${nameImages(done)} with account ${member}, which has to accept it by UUID.`;
    void context.ui.inform(message, t('Copy UUID')).then((action) => {
      const ids = done.map(({ image }) => readId(image)).join('\n');
      return action === undefined ? undefined : vscode.env.clipboard.writeText(ids);
    });
  };
  await applyToEach(context, images, (id) => cloud.members.add(id, member), report);
}

export async function unshareImages(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const given = (Array.isArray(nodes) && nodes.length > 0 ? nodes : [node]).filter(isMemberRow);
  if (given.length > 0) return removeMembers(context, given);
  const title = t('Stop sharing which image?');
  const images = await selectImages(context, [node, nodes], { title, verb: 'unshare' });
  const members = await listMembers(context, images);
  const statuses = new Map(members.flatMap(({ shared }) => shared.map((one) => [one.account, one.status])));
  if (statuses.size === 0) throw new Error(t`${nameImages(images)} is shared with no account.`);
  const rows = [...statuses].map(([label, description]) => ({ label, description }));
  const picked = await context.ui.pickMany(rows, t`Stop sharing ${nameImages(images)} with which accounts?`);
  if (!picked || picked.length === 0) throw new Cancelled();
  const accounts = picked.map(({ label }) => label);
  const question = t`Stop sharing ${nameImages(images)} with ${accounts.join(', ')}?`;
  const detail = describeLosses(
    members.flatMap(({ seen, shared }) =>
      shared
        .filter(({ account }) => accounts.includes(account))
        .map(({ account }) => ({ account, image: seen.image })),
    ),
  );
  await confirmChange(context, { question, detail, verb: t('Stop Sharing') });
  const { cloud } = await context.source.connect();
  await applyToEach(context, images, async (id) => {
    const shared = members.find(({ seen }) => readId(seen.image) === id)?.shared ?? [];
    for (const { account } of shared)
      if (accounts.includes(account)) await unlessMissing(cloud.members.remove(id, account));
  });
}

export function isMemberRow(node: unknown): node is MemberNode {
  return typeof node === 'object' && node !== null && 'kind' in node && node.kind === 'member';
}

/** Stops sharing by the rows of accounts below their images. */
async function removeMembers(context: Context, rows: readonly MemberNode[]): Promise<void> {
  const connection = await context.source.connect();
  const images = [...new Map(rows.map(({ seen }) => [readId(seen.image), seen])).values()];
  const problems = images.flatMap((seen) => forbids('unshare', seen, connection) ?? []);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const accounts = [...new Set(rows.map(({ member }) => member.account))].join(', ');
  await confirmChange(context, {
    question: t`Stop sharing ${nameImages(images)} with ${accounts}?`,
    detail: describeLosses(rows.map(({ seen, member }) => ({ account: member.account, image: seen.image }))),
    verb: t('Stop Sharing'),
  });
  await applyToEach(context, images, async (id) => {
    for (const { seen, member } of rows)
      if (readId(seen.image) === id) await unlessMissing(connection.cloud.members.remove(id, member.account));
  });
}

/** Says which account loses which images. */
function describeLosses(
  losses: readonly { readonly account: string; readonly image: LiveImage['image'] }[],
): string {
  const of = Map.groupBy(losses, ({ account }) => account);
  const lines = [...of].map(([account, lost]) => {
    const names = lost.map(({ image }) => `“${readName(image)}”`).join(', ');
    return t`Account ${account} loses ${names} at once.`;
  });
  return t`${lines.join('\n')}\n\nServers that they built from it stay, and can be rebuilt.`;
}

interface Shared {
  readonly seen: LiveImage;
  readonly shared: readonly { readonly account: string; readonly status: string }[];
}

async function listMembers({ source }: Context, images: readonly LiveImage[]): Promise<Shared[]> {
  const { members } = (await source.connect()).cloud;
  return Promise.all(images.map(async (seen) => ({ seen, shared: await members.list(readId(seen.image)) })));
}

function objection(member: string, members: readonly Shared[], person: Person): Objection | undefined {
  for (const { seen, shared } of members) {
    const accounts = shared.map(({ account }) => account);
    const refused =
      doubtMember(member) ?? refuseShare({ member }, new Set(accounts), { image: seen.image, ...person });
    if (refused) return refused.text;
  }
  return member === person.caller.account
    ? { note: t('This is your own account. It already sees the image.') }
    : undefined;
}

function consequences(region: string, { profile }: Person): string[] {
  return [
    t`The account sees the image in ${region} only, and lists it once it has accepted. The cloud does not notify it: send it the UUID.`,
    ...(profile.images.sharedAreUnmanaged
      ? [
          t(
            'A shared image is non-standard: servers built from it have the Infrastructure service level, whoever builds them.',
          ),
        ]
      : []),
    t('What is on the image must be licensed for sharing.'),
  ];
}
