import { requireOneBeginning } from '../commandLine.ts';
import { execVerb } from '../verbs/exec.ts';
import { speeds, throwawaySpeed } from '../verbs/options.ts';
import { readNumber, requireChoice } from '../verbs/read.ts';
import { connectBy, emulatorPassword } from './connection.ts';
import { startThrowaway, type Throwaway } from './throwaway.ts';

export interface ThrowawayCloudOptions {
  readonly profile?: string | undefined;
  readonly release?: string | undefined;
  /** A `.cloud-images.json`. */
  readonly config?: string | undefined;
  readonly seed?: string | undefined;
  /** A snapshot's file, in place of the seed. */
  readonly snapshot?: string | undefined;
  readonly speed?: number | undefined;
  readonly user?: string | undefined;
  readonly region?: string | undefined;
}

export interface ThrowawayCloud extends Throwaway {
  readonly credentials: {
    readonly userName: string;
    readonly password: string;
    readonly project: string;
    readonly region: string;
  };
  /** `OS_*` for a program that is to take it for its cloud, and the control service's address and token. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a cloud of its own and signs in. Throws as `startThrowaway`, UsageError, and CloudError; then nothing is left. */
export async function openThrowawayCloud(options: ThrowawayCloudOptions): Promise<ThrowawayCloud> {
  const { profile, release, config, seed, snapshot, region } = options;
  requireOneBeginning(seed, snapshot);
  for (const option of ['profile', 'release'] as const)
    if (options[option] !== undefined)
      requireChoice(`--${option}`, options[option], execVerb.options[option].choices);
  if (options.speed !== undefined) readNumber('--speed', String(options.speed), ...speeds);
  const given = Object.entries({ profile, release, config });
  const throwaway = await startThrowaway({
    cloud: given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value])),
    speed: options.speed ?? throwawaySpeed,
    from: seed ?? 'demo',
    snapshot,
    bytes: 0,
    say: () => undefined,
  });
  try {
    const known = throwaway.user(options.user);
    const password = known?.password ?? process.env[emulatorPassword] ?? 'emulator';
    const user = options.user ?? known?.name ?? 'owner';
    const choice = { emulator: throwaway.data, user, region };
    const { cloud } = await connectBy(choice, { ...process.env, [emulatorPassword]: password });
    const credentials = {
      userName: user,
      password,
      project: cloud.session.account.name,
      region: cloud.region,
    };
    return { ...throwaway, credentials, env: toEnvironment(throwaway, credentials) };
  } catch (error) {
    await throwaway.end();
    throw error;
  }
}

function toEnvironment(
  { url, token }: Throwaway,
  { userName, password, project, region }: ThrowawayCloud['credentials'],
): Record<string, string> {
  return {
    OS_AUTH_URL: `${url}/identity/v3`,
    OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: userName,
    OS_PASSWORD: password,
    OS_PROJECT_NAME: project,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: region,
    CLOUD_IMAGES_EMULATOR_URL: url,
    CLOUD_IMAGES_EMULATOR_TOKEN: token,
  };
}
