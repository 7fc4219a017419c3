// PulseAudio in a folder of its own, without any device: what is said into its loudspeaker is heard by its microphone.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  readonly alsa: string;
  /** Plays a WAV file by the loudspeaker, from the server's memory, so that it has no hole however busy the machine is. */
  play(file: string): void;
  /** Hums into the loudspeaker, for as long as it runs. */
  hum(): void;
  control(...words: readonly string[]): void;
  freeze(): void;
  thaw(): void;
  /** Ends it; `start` has it come back at the same address. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it for good. */
  close(): Promise<void>;
}

export async function startSoundServer(): Promise<SoundServer> {
  const folder = mkdtempSync(join(tmpdir(), 'leat-sound-'));
  const socket = join(folder, 'native');
  const address = `unix:${socket}`;
  const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, PULSE_RUNTIME_PATH: join(folder, 'pulse'), PULSE_SERVER: address };
  const modules = [
    `module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
    'module-null-sink sink_name=loudspeaker rate=48000 channels=1 norewinds=1 sink_properties=device.description=Loudspeaker',
    'module-remap-source master=loudspeaker.monitor source_name=voice source_properties=device.description=Voice',
  ];
  const words = ['--daemonize=no', '--exit-idle-time=-1', '--disable-shm=yes', '-n', ...modules.flatMap((module) => ['-L', module])];
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
  const alsa = join(folder, 'asound.conf');
  writeFileSync(alsa, `</usr/share/alsa/alsa.conf>\npcm.voice { type pulse device "voice" server "${address}" }\n`);
  await start();
  return {
    address,
    alsa,
    play: (file) => {
      control('upload-sample', file, 'played');
      control('play-sample', 'played', 'loudspeaker');
    },
    hum: () => control('load-module', 'module-sine', 'sink=loudspeaker', 'frequency=300'),
    control,
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    stop,
    start,
    close: async () => {
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
