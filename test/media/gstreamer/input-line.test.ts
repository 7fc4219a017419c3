import assert from 'node:assert/strict';
import { codecName, codecOfCaps, containerName, pixelFormatName } from '../../../src/media/gstreamer/codec-name.ts';
import { DecoderLog } from '../../../src/media/gstreamer/decoder-log.ts';
import { inputLine } from '../../../src/media/gstreamer/input-line.ts';
import { launchProperty } from '../../../src/media/gstreamer/launch-arguments.ts';
import type { MediaInput } from '../../../src/media/reader/media-input.ts';

const said = (input: MediaInput, both = false): string => inputLine(input, { threads: 0, both }).words.join(' ');

describe('what GStreamer is told of an input', () => {
  it('holds values of whatever characters as one word', () => {
    assert.equal(launchProperty('location', '/a b"c\\d! e.mp4'), 'location="/a b\\"c\\\\d! e.mp4"');
    assert.equal(launchProperty('latency', 20), 'latency=20');
  });

  it('has RTSP wait for packets out of order by UDP alone, and trust no certificate unless it may', () => {
    const camera = { kind: 'network', url: 'rtsps://camera/x', timeoutMs: 2000 } as const;
    assert.match(said(camera), /^rtspsrc name=\S+ location="rtsps:\/\/camera\/x" tcp-timeout=2000000 timeout=0 protocols=tls latency=0$/);
    assert.match(said({ ...camera, url: 'rtsp://camera/x', transport: 'udp', latencyMs: 90 }), /protocols=udp latency=90$/);
    assert.match(said({ ...camera, verifyTls: false }), /tls-validation-flags=0$/);
    assert.match(said({ kind: 'network', url: 'https://camera/x', verifyTls: false }), /ssl-strict=false/);
  });

  it('asks a camera for what is wanted of it first, and then for what comes near', () => {
    const camera = { kind: 'camera', width: 640, height: 480, frameRate: 29.97, codedFormat: 'mjpeg' } as const;
    const wishes = 'image/jpeg,width=640,height=480,framerate=30000/1001;image/jpeg,width=640,height=480;image/jpeg';
    assert.ok(said(camera).startsWith(`v4l2src device="/dev/video0" ! ${wishes} ! decodebin`), said(camera));
    assert.match(said({ ...camera, frameRate: 7.5 }), /framerate=7500\/1000/);
    assert.ok(said({ kind: 'camera' }).startsWith('v4l2src device="/dev/video0" ! decodebin'));
  });

  it('names the microphone, its server and its format', () => {
    const words = 'pulsesrc device="voice" server="unix:/run/x" ! audioconvert ! audioresample ! audio/x-raw,rate=16000,channels=1';
    const microphone = { kind: 'microphone', device: 'voice', rate: 16_000, channels: 1 } as const;
    assert.equal(said({ ...microphone, system: 'pulse', server: 'unix:/run/x' }), words);
    assert.match(said(microphone), /^alsasrc device="voice" !/);
  });

  it('takes both of a line from its last element, or from those that are called so', () => {
    const from = (line: string): readonly string[] => {
      const { words, video, audio } = inputLine({ kind: 'launch', line, isLive: false }, { threads: 1, both: true });
      return [words.join(' '), video[0]!, audio[0]!];
    };
    assert.deepEqual(from('filesrc location=x ! decodebin'), [
      'filesrc location=x ! decodebin name=leat-outlet',
      'leat-outlet.',
      'leat-outlet.',
    ]);
    assert.deepEqual(from('filesrc ! decodebin name=d'), ['filesrc ! decodebin name=d', 'd.', 'd.']);
    assert.deepEqual(from('uridecodebin name=d uri=x d.'), ['uridecodebin name=d uri=x', 'd.', 'd.']);
    assert.deepEqual(from('a ! b name=video c ! d name=audio'), ['a ! b name=video c ! d name=audio', 'video.', 'audio.']);
  });
});

describe('what GStreamer tells of an input', () => {
  it('is said in FFmpeg’s words', () => {
    const names = [
      'H.264 / AVC',
      'avdec_h264-0',
      'MPEG-4 AAC',
      'MPEG-1 Layer 3 (MP3)',
      'Free Lossless Audio Codec (FLAC)',
      'Motion JPEG',
      'VP8',
    ];
    assert.deepEqual(names.map(codecName), ['h264', 'h264', 'aac', 'mp3', 'flac', 'mjpeg', 'vp8']);
    assert.deepEqual(
      [
        'video/mpeg, mpegversion=(int)2',
        'audio/mpeg, mpegversion=(int)1, layer=(int)3',
        'audio/x-raw, format=(string)S16LE',
        'video/mpegts',
      ].map(codecOfCaps),
      ['mpeg2video', 'mp3', 'pcm_s16le', undefined],
    );
    assert.deepEqual(['video/quicktime, variant=(string)iso', 'video/x-unheard-of'].map(containerName), [
      'mov,mp4,m4a,3gp,3g2,mj2',
      'unheard-of',
    ]);
    assert.deepEqual([pixelFormatName('I420', 'full'), pixelFormatName('I420', 'limited')], ['yuvj420p', 'yuv420p']);
  });

  it('is which streams the container has, and what the first of each kind is decoded to', () => {
    const log = new DecoderLog();
    const bin = '/GstPipeline:pipeline0/GstDecodeBin:leat-outlet';
    for (const line of [
      `${bin}/GstTypeFindElement:typefind.GstPad:src: caps = application/x-hls`,
      `${bin}/GstMultiQueue:multiqueue0.GstMultiQueuePad:src_0: caps = video/mpegts, systemstream=(boolean)true`,
      `${bin}/GstMultiQueue:multiqueue1.GstMultiQueuePad:src_0: caps = video/x-h264, width=(int)64`,
      `${bin}/GstMultiQueue:multiqueue1.GstMultiQueuePad:src_1: caps = audio/mpeg, mpegversion=(int)4`,
      `${bin}/avdec_h264:avdec_h264-0.GstPad:src: caps = video/x-raw, width=(int)99`,
      '/GstPipeline:pipeline0/GstFakeSink:leat-video.GstPad:sink: caps = video/x-raw, width=(int)64',
      'image orientation: rotate-90',
      '   language code: de',
    ]) {
      log.push(line);
    }
    assert.deepEqual(log.streams('video'), ['video/x-h264, width=(int)64']);
    assert.deepEqual(log.streams('audio'), ['audio/mpeg, mpegversion=(int)4']);
    assert.deepEqual([...log.decoded], [['video', 'video/x-raw, width=(int)64']]);
    assert.deepEqual([log.container, log.rotation, log.language], ['hls', 90, 'de']);
  });
});
