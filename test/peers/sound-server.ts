// PulseAudio in a folder of its own, without any device: what is said into its loudspeaker is heard by its microphone.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'mocha';

/** Skips a test where PulseAudio, an FFmpeg that speaks to it, or what else is needed, is not installed. */
export function needsSoundServer(test: Context, ...programs: readonly string[]): void {
  const { stdout } = spawnSync('ffmpeg', ['-hide_banner', '-devices'], { encoding: 'utf8' });
  const lacking = ['pulseaudio', 'pactl', ...programs].find((program) => spawnSync(program, ['--version']).error !== undefined);
  const reason =
    lacking !== undefined ? `no ${lacking} in the PATH` : / D.? *pulse /.test(stdout ?? '') ? undefined : 'no ffmpeg for PulseAudio';
  if (reason === undefined) return;
  console.log(`      (${reason})`);
  test.skip();
}

export interface SoundServer {
  /** What clients call it. */
  readonly address: string;
  /** A configuration of ALSA's in which `voice` is its microphone. */
  readonly folder: string;
  /** Says a file, or anything else that FFmpeg can open as an input, into the loudspeaker; resolves once it has been said. */
  say(...input: readonly string[]): Promise<void>;
  control(...words: readonly string[]): void;
  freeze(): void;
  thaw(): void;
  /** Ends it; `start` has it come back at the same address. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it for good, and whoever still speaks. */
  close(): Promise<void>;
}

export async function startSoundServer(): Promise<SoundServer> {
  const folder = mkdtempSync(join(tmpdir(), 'leat-sound-'));
  const socket = join(folder, 'native');
  const address = `unix:${socket}`;
  const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, PULSE_RUNTIME_PATH: join(folder, 'pulse'), PULSE_SERVER: address };
  const modules = [
    `module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
    'module-null-sink sink_name=loudspeaker rate=48000 channels=1 sink_properties=device.description=Loudspeaker',
    'module-remap-source master=loudspeaker.monitor source_name=voice source_properties=device.description=Voice',
  ];
  const words = ['--daemonize=no', '--exit-idle-time=-1', '--disable-shm=yes', '-n', ...modules.flatMap((module) => ['-L', module])];
  const speakers = new Set<ChildProcess>();
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    rmSync(socket, { force: true });
    // It may not look into what others have set for the session.
    server = spawn('pulseaudio', words, { stdio: 'ignore', env: { ...env, PULSE_SERVER: '' } });
    await listening(socket, server);
    control('set-default-source', 'voice');
  };
  const control = (...said: readonly string[]): void => {
    const { status, stderr } = spawnSync('pactl', said, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`pactl ${said.join(' ')}: ${stderr}`);
  };
  const stop = async (): Promise<void> => {
    if (server === undefined) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    server = undefined;
    await gone;
  };
  await start();
  return {
    address,
    folder,
    say: async (...input) => {
      const output = ['-f', 'pulse', '-device', 'loudspeaker', '-buffer_duration', '200', 'speech'];
      const child = spawn('ffmpeg', ['-v', 'error', '-nostdin', '-re', ...input, ...output], { stdio: 'ignore', env });
      speakers.add(child);
      const [code] = (await once(child, 'exit')) as [number | null];
      speakers.delete(child);
      if (code !== 0 && code !== null) throw new Error(`ffmpeg ended with ${code} while it spoke`);
    },
    control,
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    stop,
    start,
    close: async () => {
      for (const child of speakers) child.kill('SIGKILL');
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves once somebody can connect. */
async function listening(path: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`PulseAudio ended with ${child.exitCode}`);
    const socket = connect(path);
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
