import assert from 'node:assert/strict';
import { gstreamerFault } from '../../../src/media/gstreamer/gstreamer-fault.ts';

describe('gstreamerFault', () => {
  const input = { kind: 'launch', line: 'rtspsrc location=rtsp://me:hush@camera/x', isLive: true } as const;
  const said = (name: string): string => `WARNING: erroneous pipeline: no element "${name}"\n`;

  it('tells what the line lacks from what reading it lacks', () => {
    assert.equal(gstreamerFault(input, said('camerasrc')).code, 'media/bad-launch');
    const { code, message } = gstreamerFault(input, said('gdppay'));
    assert.equal(code, 'media/library-missing');
    assert.match(message, /gdppay is not installed.*bad plugins/);
    assert.doesNotMatch(message, /hush/);
  });

  it('finds the reason in what elements say', () => {
    for (const [text, code] of [
      ['ERROR: from element /GstPipeline:pipeline0/GstRTSPSrc:rtspsrc0: Unauthorized', 'media/unauthorised'],
      ['ERROR: from element /GstPipeline:pipeline0/GstFileSrc:filesrc0: Resource not found.', 'media/not-found'],
      ["ERROR: from element /GstPipeline:pipeline0/GstV4l2Src:v4l2src0: Device '/dev/video0' is busy", 'media/busy'],
      ['', 'media/unreadable'],
    ] as const) {
      assert.equal(gstreamerFault(input, text).code, code, text);
    }
  });
});
