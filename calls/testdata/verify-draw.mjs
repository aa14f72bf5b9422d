// Does the draws of GET /v1/calls/{id}/draw again, by the recipe in
// docs/queue.md and nothing of the gateway's. Usage: node verify-draw.mjs draw.json
import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'

const draw = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const seed = Buffer.from(draw.seed, 'hex')
const fail = (why) => { console.error(why); process.exit(1) }
if (createHash('sha256').update(seed).digest('hex') !== draw.commitment) fail('not the seed that was committed to')
for (const round of draw.rounds) {
  if (round.strategy !== 'random' && round.strategy !== 'weighted') continue
  const agents = [...round.candidates].sort((a, b) => (a.agent_id < b.agent_id ? -1 : 1))
  const message = `visavis-draw-v1\n${draw.entry_id}\n${round.round}\n` + agents.map((a) => `${a.agent_id} ${a.weight}\n`).join('')
  const sum = agents.reduce((n, a) => n + BigInt(a.weight), 0n)
  const whole = (1n << 64n) - ((1n << 64n) % sum)
  let x
  for (let counter = 0; ; counter++) {
    x = createHmac('sha256', seed).update(message + counter).digest().readBigUInt64BE(0)
    if (x < whole) break
  }
  x %= sum
  const chosen = agents.find((a) => { if (x < BigInt(a.weight)) return true; x -= BigInt(a.weight); return false })
  if (chosen.agent_id !== round.chosen) fail(`round ${round.round}: ${chosen.agent_id} was to be drawn`)
}
console.log('as drawn')
