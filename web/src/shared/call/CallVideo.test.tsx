import { render, screen } from '@testing-library/react';
import { beforeAll, expect, it } from 'vitest';
import { AppProviders } from '../AppProviders';
import { startI18n } from '../i18n';
import { visitTheme } from '../theme/theme';
import { CallVideo } from './CallVideo';
import type { CallHandle, LocalMediaHandle } from './useCall';

beforeAll(() => startI18n('visit'));

const media = { stream: null, camera: { on: true }, microphone: { on: true } } as unknown as LocalMediaHandle;
const page = (agentVideo: boolean, role: 'agent' | 'customer', peer: object = {}, more: { lessData?: boolean; savesData?: boolean } = {}) => {
  const call = { connection: 'connected', peer: { state: 'connected', audio: true, video: false, ...peer }, remote: null, thirds: [], parties: [], lines: [], strokes: [], pointer: null, savesData: more.savesData } as unknown as CallHandle;
  return render(
    <AppProviders theme={visitTheme}>
      <CallVideo call={call} media={media} role={role} peerName="Alice" agentVideo={agentVideo} lessData={more.lessData} />
    </AppProviders>,
  );
};
const said = () => screen.getAllByRole('status')[0]!.textContent;

it('names whom one hears and does not see, instead of a picture that is missing', () => {
  page(false, 'customer');
  expect(said()).toBe('AliceIn this call you hear the voice only.');
  expect(screen.getByLabelText('Alice').hasAttribute('data-hidden')).toBe(true); // the video, which has the sound
});

it('still says that the agent is not there', () => {
  page(false, 'customer', { state: 'away' });
  expect(said()).toMatch(/^Alice(?!In this call)/);
});

it('says that a camera is off where there is one', () => {
  page(true, 'customer');
  expect(said()).toBe('Alice has switched the camera off.');
});

it('does not show the agent a camera that is off, but the customer as ever', () => {
  page(false, 'agent', { video: true });
  expect(screen.queryByRole('img', { name: 'Your camera is off' })).toBeNull();
  expect(said()).toBe('');
});

it('says why a customer who saves data sees nobody, and the agent that nobody sees them', () => {
  page(true, 'customer', { video: true }, { lessData: true });
  expect(said()).toBe('AliceTo save data you hear the voice only.');
  page(true, 'agent', { video: true }, { savesData: true });
  expect(screen.getByText('The customer saves data: your picture is not shown')).toBeTruthy();
});
