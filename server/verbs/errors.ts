import type { emulatorRefusals } from '../rules/emulatorRefusals.ts';

/** An error of the command line itself, as `cloud-images explain CODE` explains it. */
export interface ErrorExplanation {
  readonly summary: string;
  /** What to do. */
  readonly remedy: string;
}

/** What can go wrong besides what a rule refuses. */
export const commandErrors = {
  usage: {
    summary: 'The command line is wrong: an option, a value or an argument that the verb does not take.',
    remedy: 'cloud-images VERB --help has the options and examples.',
  },
  interrupted: {
    summary: 'Ctrl+C or SIGTERM ended it, after what was under way had ended in order.',
    remedy:
      'What it says was done is done; a transfer, an import and an apply say how to go on or to take it back.',
  },
  failed: {
    summary: 'It failed for a reason of its own, which the sentence says.',
    remedy: 'With --verbose the causes are said too.',
  },
  'cloud/unreachable': {
    summary:
      'No answer came from the cloud: its name is not known, nothing listens there, it did not answer in time, or what answers is no cloud.',
    remedy: 'Check auth_url, the network and HTTPS_PROXY. For the emulator: is it running?',
  },
  'cloud/certificate': {
    summary: 'The certificate of the cloud is not trusted.',
    remedy: 'Name its authority with cacert in clouds.yaml, or in OS_CACERT.',
  },
  'cloud/unauthorized': {
    summary: 'The cloud does not know this user and password, token or application credential (401).',
    remedy:
      'Check user, password, project and domains in clouds.yaml or OS_*. A password is never tried twice.',
  },
  'cloud/forbidden': {
    summary: 'The cloud does not allow this to the roles of the user (403).',
    remedy: 'Ask for a role that may, or sign in as another user. --verbose says which roles you have.',
  },
  'cloud/not-found': {
    summary: 'The cloud has no such thing, or does not show it to this user (404).',
    remedy: 'Check the id, the region and the project.',
  },
  'cloud/busy': {
    summary: 'The cloud is too busy, or limits how often it is asked (413, 429, 503).',
    remedy: 'Try again later; the cloud may say when.',
  },
  'cloud/refused': {
    summary: 'The cloud refused a request, in the words that are shown.',
    remedy: 'The status and the words say why. An emulator names the rule in place of this code.',
  },
  'cloud/configuration': {
    summary: 'clouds.yaml, or the OS_* variables, do not say how to sign in.',
    remedy: 'The sentence names the file and the key.',
  },
  'cloud/region': {
    summary:
      'The region is none of the cloud, or has not the service that is needed; or the cloud has several, and none is chosen.',
    remedy:
      'Give one that the sentence lists with --region, or set region_name in clouds.yaml or OS_REGION_NAME.',
  },
  'emulator/not-running': {
    summary: 'No emulator runs on that data folder or at that address.',
    remedy: 'Start one: cloud-images emulator.',
  },
  'emulator/not-started': {
    summary: 'The emulator does not start: its data folder, its configuration or its seed cannot be used.',
    remedy: 'The sentence says what is wrong. cloud-images emulator --check looks at a data folder.',
  },
  'manifest/missing': {
    summary: 'There is no manifest where it was looked for.',
    remedy:
      'Name the files; names such as web.image.yaml, or globs in .cloud-images.json, say what a manifest is.',
  },
  'manifest/kind': {
    summary: 'None of the manifests is of the kind that the verb runs.',
    remedy: 'import takes import manifests, export those of exports; plan and apply take all.',
  },
  'plan/stale': {
    summary:
      'Something that a plan rests on has moved since it was made: the sentence names attribute and values.',
    remedy: 'Plan again. The kept plan can still be shown: cloud-images plan --show FILE.',
  },
  'plan/applied': {
    summary: 'A kept plan was applied, or broke off; it is applied once.',
    remedy: 'Plan again; of one that broke off, --resume goes on and --undo FILE takes it back.',
  },
  'plan/under-way': {
    summary: 'Another process applies the kept plan, or has while this one asked.',
    remedy:
      'Wait for its end; cloud-images plan --show FILE says how far it is. Where no such process runs any more, remove the .claim file of the plan in ~/.cloud-images/plans.',
  },
  'plan/unusable': {
    summary:
      'The file is no plan, is damaged or edited, is of another version, or is for another cloud; or a step cannot be kept.',
    remedy: 'Make one for this cloud: cloud-images plan PATH… -o FILE.',
  },
  'plan/destructive': {
    summary:
      'A step deletes, hides or un-shares an image, or rebuilds or deletes a server, and that was not allowed.',
    remedy: 'Add --allow-delete, or type the name at a terminal.',
  },
  'plan/policy': {
    summary: 'A policy (--policy, CLOUD_IMAGES_POLICY) has refused the plan, or could not be run.',
    remedy: 'The sentence is what it says.',
  },
  'image/not-found': {
    summary: 'There is no image of that name or id that the verb could mean, or several have the name.',
    remedy: 'Name it by its id.',
  },
  'file/missing': {
    summary: 'There is no such file or folder.',
    remedy: 'Check the path, and the folder that the command runs in.',
  },
  'file/exists': {
    summary: 'A file is there already, and would be lost.',
    remedy: 'Name another, or add the option that the sentence names.',
  },
  'file/denied': {
    summary: 'The system does not allow to read or write the file.',
    remedy: 'Change its permissions, or run as its owner.',
  },
  'convert/lossy': {
    summary: 'The other form cannot say all of it.',
    remedy: 'With --lossy that is left out.',
  },
  'rehearse/under-way': {
    summary: 'Another rehearsal goes on in the same project, and two would take each other for strangers.',
    remedy:
      'Wait for its end, or give each its project. Where no such process runs any more, remove the .claim file in ~/.cloud-images/rehearsals.',
  },
  'rehearse/not-empty': {
    summary: 'The project in which is to be rehearsed holds images, servers or containers.',
    remedy: 'Make a project for rehearsals alone. Only what a rehearsal made itself is ever deleted.',
  },
  'terminal/missing': {
    summary: 'A question has to be asked, and there is no terminal.',
    remedy: 'Add --yes, or --dry-run to see what would be done.',
  },
} as const satisfies Readonly<Record<string, ErrorExplanation>>;

type ControlRefusal = keyof typeof emulatorRefusals | 'identity/login';

export type CommandErrorCode = keyof typeof commandErrors;

/** A sentence for the person, with a code that can be explained: one of ours, or of what the emulator refused. */
export class CommandError extends Error {
  readonly code: CommandErrorCode | ControlRefusal;

  constructor(code: CommandErrorCode | ControlRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
