export { type CallLinkState, type CallRole } from './CallLink';
export { CallVideo, type CallVideoProps } from './CallVideo';
export { DeviceCheck, DeviceProblemAlert, LevelMeter } from './DeviceCheck';
export { type BrowserKind, browserKind, type DeviceProblem, type Facing } from './devices';
export { MediaPreview, type MediaPreviewProps } from './MediaPreview';
export { playChime, soundUnlocked, startRinging, unlockSound, useLevel } from './sound';
export { type CallHandle, type LocalMediaHandle, useCall, type UseCallOptions, useLocalMedia } from './useCall';
