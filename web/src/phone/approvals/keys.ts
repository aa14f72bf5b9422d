/** What this phone holds for a number: its signing key, which never leaves the browser, and as what the bank knows it. */
export interface Held {
  bankId: string;
  factorId: string;
  keys: CryptoKeyPair;
}

const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;

const base64 = (b: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(b)));

/** A new ES256 key; the private half cannot be read out. */
export async function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(curve, false, ['sign', 'verify']);
}

/** The public half as the API takes it: base64 of the DER SubjectPublicKeyInfo. */
export async function publicKey(keys: CryptoKeyPair): Promise<string> {
  return base64(await crypto.subtle.exportKey('spki', keys.publicKey));
}

/** Base64 of the signature's 64 bytes, as in a JWS. */
export async function sign(keys: CryptoKeyPair, text: string): Promise<string> {
  return base64(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.privateKey, new TextEncoder().encode(text)));
}

function database(): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const request = indexedDB.open('visavis-phone', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('held');
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error ?? new Error('no database'));
  });
}

async function store<T>(mode: IDBTransactionMode, act: (held: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await database();
  try {
    return await new Promise<T>((done, failed) => {
      const request = act(db.transaction('held', mode).objectStore('held'));
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error ?? new Error('not stored'));
    });
  } finally {
    db.close();
  }
}

/** What is held for a number; undefined when nothing is, or the browser keeps nothing. */
export async function heldFor(number: string): Promise<Held | undefined> {
  try {
    return (await store('readonly', (s) => s.get(number) as IDBRequest<Held | undefined>)) ?? undefined;
  } catch {
    return undefined;
  }
}

export async function hold(number: string, held: Held): Promise<void> {
  await store('readwrite', (s) => s.put(held, number));
}
