// FFmpeg's names of codecs, by what GStreamer calls them in tags (`H.264 / AVC`) and by the names of its decoders (`avdec_h264-0`).

const NAMES: readonly (readonly [said: RegExp, name: string])[] = [
  [/h264|avc/, 'h264'],
  [/h265|hevc/, 'hevc'],
  [/h263/, 'h263'],
  [/vp8/, 'vp8'],
  [/vp9/, 'vp9'],
  [/av1/, 'av1'],
  [/jpeg/, 'mjpeg'],
  [/theora/, 'theora'],
  [/ffv1|ffvideo/, 'ffv1'],
  [/prores/, 'prores'],
  [/aac|faad/, 'aac'],
  [/opus/, 'opus'],
  [/flac/, 'flac'],
  [/vorbis/, 'vorbis'],
  [/mp3|mpg123|layer3/, 'mp3'],
  [/eac3/, 'eac3'],
  [/ac3|a52/, 'ac3'],
  [/alaw/, 'pcm_alaw'],
  [/mulaw/, 'pcm_mulaw'],
  [/mpeg2|mpeg2video/, 'mpeg2video'],
  [/mpeg1video|mpeg1/, 'mpeg1video'],
  [/mpeg4/, 'mpeg4'],
  [/pcm/, 'pcm_s16le'],
  [/png/, 'png'],
];

/** Undefined where it is none that is known. */
export function codecName(said: string): string | undefined {
  const plain = said.toLowerCase().replace(/[^a-z0-9]/g, '');
  return NAMES.find(([pattern]) => pattern.test(plain))?.[1];
}

/** The codec of what is coded as caps tell; undefined of what is a container, or unknown. */
export function codecOfCaps(caps: string): string | undefined {
  const [type] = caps.split(',') as [string];
  if (type === 'audio/mpeg') return caps.includes('mpegversion=(int)1') ? (caps.includes('layer=(int)2') ? 'mp2' : 'mp3') : 'aac';
  if (type === 'video/mpeg') return { 1: 'mpeg1video', 2: 'mpeg2video', 4: 'mpeg4' }[/mpegversion=\(int\)(\d)/.exec(caps)?.[1] ?? ''];
  if (type === 'video/x-raw') return 'rawvideo';
  if (type === 'audio/x-raw') return `pcm_${(/format=\(string\)(\w+)/.exec(caps)?.[1] ?? '').toLowerCase()}`;
  return /^(video|audio|image)\//.test(type) ? codecName(type.replace(/.*\//, '')) : undefined;
}

/** By what stands behind the slash. */
const CONTAINERS: Readonly<Record<string, string>> = {
  quicktime: 'mov,mp4,m4a,3gp,3g2,mj2',
  'x-m4a': 'mov,mp4,m4a,3gp,3g2,mj2',
  'x-3gp': 'mov,mp4,m4a,3gp,3g2,mj2',
  'x-matroska': 'matroska,webm',
  webm: 'matroska,webm',
  'x-msvideo': 'avi',
  'x-id3': 'mp3',
  'x-mixed-replace': 'mpjpeg',
};

/** FFmpeg's name of a container, by its caps. */
export function containerName(caps: string): string {
  const [type] = caps.split(',') as [string];
  const name = type.slice(type.indexOf('/') + 1);
  return type === 'audio/mpeg' ? 'mp3' : (CONTAINERS[name] ?? name.replace(/^x-/, ''));
}

const FORMATS: Readonly<Record<string, string>> = {
  I420: 'yuv420p',
  Y42B: 'yuv422p',
  Y444: 'yuv444p',
  I420_10LE: 'yuv420p10le',
  I422_10LE: 'yuv422p10le',
  Y444_10LE: 'yuv444p10le',
  YUY2: 'yuyv422',
  UYVY: 'uyvy422',
  GRAY8: 'gray',
  RGB: 'rgb24',
  BGR: 'bgr24',
};

/** FFmpeg's name of a format of pictures. */
export function pixelFormatName(format: string, range: 'full' | 'limited'): string {
  if (format === 'I420' && range === 'full') return 'yuvj420p';
  return FORMATS[format] ?? format.toLowerCase();
}
