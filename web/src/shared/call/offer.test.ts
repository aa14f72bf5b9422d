import { describe, expect, it } from 'vitest';
import { refusalOf, shrunk } from './files';
import { localOffer, withAudioNack } from './offer';
import { verdictOf } from './NetworkTest';
import { pictureBox } from './Pointing';
import { levelOf, nothingTold, type Quality, tell } from './told';
import { Problem } from '../../api';

const sdp = ['v=0', 'm=audio 9 UDP/TLS/RTP/SAVPF 63 111', 'a=rtpmap:63 red/48000/2', 'a=rtpmap:111 opus/48000/2', 'a=rtcp-fb:111 transport-cc', 'm=video 9 UDP/TLS/RTP/SAVPF 96', 'a=rtpmap:96 VP8/90000', 'a=rtcp-fb:96 nack', ''].join('\r\n');

describe('withAudioNack', () => {
  it('asks for lost Opus again in each section of sound, and nothing else', () => {
    const changed = withAudioNack(sdp + sdp.slice(5));
    expect(changed.match(/a=rtcp-fb:111 nack\r\n/g)).toHaveLength(2);
    expect(changed.match(/a=rtcp-fb:63/g)).toBeNull();
    expect(changed.match(/a=rtcp-fb:96 nack/g)).toHaveLength(2);
    expect(withAudioNack(changed)).toBe(changed);
  });
  it('gives way to a browser that refuses a changed offer', async () => {
    const tried: string[] = [];
    const pc = {
      createOffer: async () => ({ type: 'offer', sdp }),
      setLocalDescription: async (d: RTCSessionDescriptionInit) => {
        tried.push(d.sdp!);
        if (d.sdp !== sdp) throw new Error('changed');
      },
    };
    await localOffer(pc as unknown as RTCPeerConnection);
    expect(tried).toEqual([withAudioNack(sdp), sdp]);
  });
});

describe('shrunk', () => {
  it('brings the longest edge to 4000 and leaves what fits', () => {
    expect(shrunk(8000, 6000)).toEqual({ width: 4000, height: 3000 });
    expect(shrunk(3000, 12_000)).toEqual({ width: 1000, height: 4000 });
    expect(shrunk(4000, 4000)).toBeUndefined();
  });
});

describe('refusalOf', () => {
  it('tells what the person can do something about', () => {
    expect(refusalOf('kind')).toBe('kind');
    expect(refusalOf(new Problem('network', '', 0))).toBe('network');
    expect(refusalOf(new Problem('/problems/too_many_files', '', 409))).toBe('many');
    expect(refusalOf(new Problem('/problems/invalid', '', 400, '', [{ field: 'file', reason: 'is larger than 10 MB' }]))).toBe('large');
    expect(refusalOf(new Problem('/problems/invalid', '', 400, '', [{ field: 'file', reason: 'is not a picture' }]))).toBe('kind');
    expect(refusalOf(new Problem('/problems/internal', '', 500))).toBe('server');
  });
});

describe('verdictOf', () => {
  it('leaves out the first seconds and one bad moment, but not two', () => {
    expect(verdictOf(['phone', 'poor', 'good', 'good', 'good', 'good', 'good'])).toBe('good');
    expect(verdictOf(['good', 'good', 'good', 'good', 'poor', 'good', 'good'])).toBe('good');
    expect(verdictOf(['good', 'good', 'good', 'poor', 'phone', 'good', 'good'])).toBe('poor');
    expect(verdictOf(['fair'])).toBe('fair');
    expect(verdictOf([])).toBeUndefined();
  });
});

describe('pictureBox', () => {
  it('finds the picture between its bars, or beyond its frame', () => {
    expect(pictureBox({ width: 400, height: 400 }, { width: 1280, height: 720 }, 'contain')).toEqual({ left: 0, top: 87.5, width: 400, height: 225 });
    expect(pictureBox({ width: 90, height: 160 }, { width: 160, height: 160 }, 'cover')).toEqual({ left: -35, top: 0, width: 160, height: 160 });
  });
});

describe('tell', () => {
  it('takes a third party out of the picture when it leaves', () => {
    const there = { ...nothingTold, ...tell(nothingTold, { type: 'party', participant: 'supervisor_2', mode: 'watch', state: 'present' }) };
    expect(there.parties).toEqual([{ name: 'supervisor_2', role: 'supervisor', mode: 'watch' }]);
    expect(tell(there, { type: 'party', participant: 'supervisor_2', state: 'left' })).toEqual({ parties: [] });
  });
  it('leaves what it does not know', () => expect(tell(nothingTold, { type: 'answer' })).toBeUndefined());
});

it('has a word for a connection by its worst figure', () => {
  const fine: Quality = { up_audio_loss: 0, up_video_loss: 0, up_jitter_ms: 5, up_bitrate: 9e5, down_audio_loss: 0, down_video_loss: 0, down_jitter_ms: 5, down_bitrate: 9e5, rtt_ms: 40, fps: 30, width: 1280, height: 720, r: 90, mos: 4.3 };
  expect(levelOf(fine)).toBe('good');
  expect(levelOf({ ...fine, down_video_loss: 0.05 })).toBe('fair');
  expect(levelOf({ ...fine, rtt_ms: 900 })).toBe('poor');
  expect(levelOf({ ...fine, mos: 3 })).toBe('poor');
  expect(levelOf({ ...fine, r: 0, mos: 1 })).toBe('good'); // no voice, so nothing said of it
});
