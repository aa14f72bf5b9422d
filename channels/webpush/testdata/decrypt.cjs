// Decrypts a Web Push body from standard input by the package http_ece, which
// knows nothing of ours: node decrypt.cjs <web folder> <private key> <auth>, the
// keys in base64url.
const { createRequire } = require('node:module');
const { createECDH } = require('node:crypto');
const { readFileSync } = require('node:fs');
const [web, key, auth] = process.argv.slice(2);
const ece = createRequire(web + '/package.json')('http_ece');
const receiver = createECDH('prime256v1');
receiver.setPrivateKey(Buffer.from(key, 'base64url'));
process.stdout.write(ece.decrypt(readFileSync(0), { version: 'aes128gcm', privateKey: receiver, authSecret: auth }));
