/**
 * Why a camera or a microphone cannot be used. insecure: not HTTPS; denied: the
 * browser was told no; dismissed: asked, and not answered; system: the phone or
 * computer keeps it from the browser; missing: there is none; busy: another
 * program has it; lost: it was taken away while in use.
 */
export type DeviceProblem = 'insecure' | 'unsupported' | 'denied' | 'dismissed' | 'system' | 'missing' | 'busy' | 'lost' | 'unknown';

/** The browser, as far as what to do about a refusal differs. inApp: inside another app, which may have no camera at all. */
export type BrowserKind = 'iosSafari' | 'iosOther' | 'android' | 'inApp' | 'firefox' | 'safari' | 'desktop';

/** Tells the browser by its user agent; touchPoints tells an iPad from a Mac. */
export function browserKind(userAgent = navigator.userAgent, touchPoints = navigator.maxTouchPoints ?? 0): BrowserKind {
  const ios = /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1);
  if (/FBAN|FBAV|FB_IAB|Instagram|Zalo|Line\/|MicroMessenger|Telegram|; wv\)|TikTok|musical_ly|Viber/.test(userAgent)) return 'inApp';
  if (ios) return /CriOS|FxiOS|EdgiOS|OPiOS|YaBrowser/.test(userAgent) ? 'iosOther' : 'iosSafari';
  if (/Firefox\//.test(userAgent)) return 'firefox';
  if (/Android/.test(userAgent)) return 'android';
  if (/Safari\//.test(userAgent) && !/Chrom(e|ium)\/|Edg\//.test(userAgent)) return 'safari';
  return 'desktop';
}

/** The problem behind what getUserMedia threw. `permission` is what navigator.permissions says, where it can. */
export function problemOf(error: unknown, permission?: PermissionState): DeviceProblem {
  const { name = '', message = '' } = (error ?? {}) as { name?: string; message?: string };
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      if (/system/i.test(message)) return 'system';
      return permission === 'prompt' || /dismiss/i.test(message) ? 'dismissed' : 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
    case 'DevicesNotFoundError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
    case 'TrackStartError':
      return 'busy';
  }
  return 'unknown';
}

export type Facing = 'user' | 'environment';

/** What we ask of a camera: enough to read a document, not more than a phone's uplink carries. */
export function cameraConstraints(wanted: { facing?: Facing; deviceId?: string }): MediaTrackConstraints {
  return {
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30, max: 30 },
    ...(wanted.deviceId ? { deviceId: { exact: wanted.deviceId } } : { facingMode: { ideal: wanted.facing ?? 'user' } }),
  };
}

export function microphoneConstraints(deviceId?: string): MediaTrackConstraints {
  return {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
  };
}
