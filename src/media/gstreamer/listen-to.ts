// What a line gives that cannot be looked into: it runs until it is known.
import type { MediaInput } from '../reader/media-input.ts';
import type { ReadOptions, StreamInfos } from '../reader/media-reader.ts';
import { beforehand } from './before-reading.ts';
import { audioInfoOf, type KnownPictures, type KnownSound, videoInfoOf } from './caps-text.ts';
import { GdpStream } from './gdp-stream.ts';
import { GstreamerChild } from './gstreamer-child.ts';
import { gstreamerFault } from './gstreamer-fault.ts';
import type { GstreamerProgram } from './gstreamer-program.ts';
import { readingLine } from './reading-line.ts';

type Wishes = Pick<ReadOptions, 'video' | 'audio'>;

/** @throws MediaError of what it gives in place of that. */
export async function listenTo(program: GstreamerProgram, input: MediaInput, wishes: Wishes): Promise<StreamInfos> {
  const child = new GstreamerChild(program, readingLine(input, wishes));
  try {
    const video = wishes.video && new GdpStream(child.pictures);
    const audio = wishes.audio && new GdpStream(child.sound);
    const first = await Promise.all([video, audio].map((stream) => stream === undefined || stream.next()));
    if (first.includes(undefined)) {
      await child.ended;
      throw gstreamerFault(input, child.said);
    }
    return {
      video: video && videoInfoOf(video.caps, { ...beforehand(input), ...told(video) }),
      audio: audio && audioInfoOf(audio.caps, { ...beforehand(input), ...told(audio) }),
    };
  } finally {
    await child.stop();
  }
}

function told({ codec, rotation, language }: GdpStream): KnownPictures & KnownSound {
  return { codec, rotation, language };
}
