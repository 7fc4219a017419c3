// How FFmpeg is asked to open each kind of input, in whichever process it runs.
import { MediaError } from '../media-error.ts';
import { type CameraInput, type MediaInput, type MicrophoneInput, type NetworkInput, schemeOf, shownInput } from './media-input.ts';
import { systemAuthorities } from './tls-options.ts';

export interface InputOptions {
  readonly url: string;
  /** The device's driver; files and streams are found out. */
  readonly driver: string | undefined;
  readonly options: Record<string, string>;
}

// Only demuxers of real media: FFmpeg also "plays" text files, playlists and scripts, and some of those open further files.
const DEMUXERS =
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,avi,flv,mpeg,mpegvideo,h264,hevc,av1,obu,ivf,ogg,asf,mxf,nut,yuv4mpegpipe,mjpeg,m4v,gif,wav,mp3,flac,aac,aiff,caf,w64,amr,ac3,eac3';

/** Times that fall back are where a clock was set, or pieces were put together, and not a count that began anew after 26 hours. */
const CLOCKS_AS_THEY_ARE = { correct_ts_overflow: '0' };

/** What may be opened for a URL, and by which demuxers. */
const PROTOCOLS: Record<string, { readonly protocols: string; readonly demuxers: string }> = {
  rtsp: { protocols: 'rtsp,rtp,srtp,udp,tcp', demuxers: 'rtsp' },
  rtsps: { protocols: 'rtsps,rtsp,rtp,srtp,udp,tcp,tls,crypto', demuxers: 'rtsp' },
  http: { protocols: 'http,tcp', demuxers: `hls,mpjpeg,${DEMUXERS}` },
  https: { protocols: 'https,http,tls,tcp,crypto', demuxers: `hls,mpjpeg,${DEMUXERS}` },
  udp: { protocols: 'udp', demuxers: 'mpegts' },
  srt: { protocols: 'srt', demuxers: 'mpegts' },
  rtmp: { protocols: 'rtmp,tcp', demuxers: 'flv,live_flv' },
  tcp: { protocols: 'tcp', demuxers: DEMUXERS },
};

const CAMERA_DRIVERS: Partial<Record<NodeJS.Platform, string>> = { linux: 'v4l2', darwin: 'avfoundation', win32: 'dshow' };
const MICROPHONE_DRIVERS: Partial<Record<NodeJS.Platform, string>> = { linux: 'alsa', darwin: 'avfoundation', win32: 'dshow' };

/** What FFmpeg asks of a device, with two channels, where it is not told. */
const DEVICE_RATE = 48_000;

/** @throws MediaError `media/bad-url`, `media/no-device`. */
export function inputOptions(input: MediaInput): InputOptions {
  switch (input.kind) {
    case 'file':
      // `file:` keeps a path such as `concat:a|b` or `http://…` from being read as a protocol.
      return {
        url: `file:${input.path}`,
        driver: undefined,
        options: { ...CLOCKS_AS_THEY_ARE, protocol_whitelist: 'file', format_whitelist: DEMUXERS },
      };
    case 'network':
      return networkOptions(input);
    case 'camera':
      return cameraOptions(input);
    case 'microphone':
      return microphoneOptions(input);
    case 'launch':
      throw new TypeError('FFmpeg runs no launch lines');
  }
}

function networkOptions(input: NetworkInput): InputOptions {
  const scheme = schemeOf(input);
  const known = PROTOCOLS[scheme];
  if (known === undefined) {
    throw new MediaError(
      'media/bad-url',
      `Cannot open ${shownInput(input)}: ${scheme} is no protocol that can be read; expected ${Object.keys(PROTOCOLS).join(', ')}`,
    );
  }
  const { transport = 'tcp', latencyMs = 200, timeoutMs = 5000, verifyTls = true, caFile } = input;
  const options: Record<string, string> = { ...CLOCKS_AS_THEY_ARE, protocol_whitelist: known.protocols, format_whitelist: known.demuxers };
  const timeout = String(timeoutMs * 1000);
  if (scheme.startsWith('rtsp')) {
    // Two frames tell the rate; FFmpeg would wait for twenty, which come in their own time.
    const soon = { fflags: 'nobuffer', fpsprobesize: '2' };
    Object.assign(options, { rtsp_transport: transport, timeout, max_delay: String(latencyMs * 1000), ...soon });
  } else if (scheme === 'srt' || scheme === 'udp' || scheme === 'tcp') options['timeout'] = timeout;
  else options['rw_timeout'] = timeout;
  if (scheme.endsWith('s')) {
    const authorities = caFile ?? systemAuthorities();
    options['tls_verify'] = verifyTls ? '1' : '0';
    if (authorities !== undefined) options['ca_file'] = authorities;
  }
  return { url: input.url, driver: undefined, options };
}

function cameraOptions(input: CameraInput): InputOptions {
  const { device, width, height, frameRate, codedFormat } = input;
  const driver = driverOf(input, CAMERA_DRIVERS);
  const options: Record<string, string> = {};
  if (width !== undefined && height !== undefined) options['video_size'] = `${width}x${height}`;
  if (frameRate !== undefined) options['framerate'] = String(frameRate);
  if (codedFormat !== undefined) options[driver === 'v4l2' ? 'input_format' : 'pixel_format'] = codedFormat;
  const first = { v4l2: '/dev/video0', avfoundation: '0', dshow: '' }[driver] ?? '';
  return { url: driver === 'dshow' ? `video=${device ?? first}` : (device ?? first), driver, options };
}

function microphoneOptions(input: MicrophoneInput): InputOptions {
  const { device, server, rate, channels, chunkUs = 20_000 } = input;
  const driver = input.system === 'pulse' ? 'pulse' : driverOf(input, MICROPHONE_DRIVERS);
  // What its samples are it says at once; FFmpeg would listen for seconds to find out.
  const options: Record<string, string> = { probesize: '32', analyzeduration: '0' };
  if (driver !== 'avfoundation') {
    if (rate !== undefined) options['sample_rate'] = String(rate);
    if (channels !== undefined) options['channels'] = String(channels);
  }
  // Unless they are told, servers give pieces as long as they like, and DirectShow half a second at a time.
  if (driver === 'pulse') {
    const bytes = Math.ceil(((rate ?? DEVICE_RATE) * chunkUs) / 1e6) * (channels ?? 2) * 2;
    Object.assign(options, { name: 'leat', fragment_size: String(bytes), ...(server === undefined ? {} : { server }) });
  } else if (driver === 'dshow') options['audio_buffer_size'] = String(Math.max(1, Math.round(chunkUs / 1000)));
  const name = device ?? 'default';
  return {
    url: driver === 'dshow' ? `audio=${name}` : driver === 'avfoundation' ? `:${name}` : name,
    driver,
    options,
  };
}

function driverOf(input: MediaInput, drivers: Partial<Record<NodeJS.Platform, string>>): string {
  const driver = drivers[process.platform];
  if (driver !== undefined) return driver;
  throw new MediaError('media/no-device', `Cannot open ${shownInput(input)}: FFmpeg has no way to the devices of ${process.platform}`);
}
