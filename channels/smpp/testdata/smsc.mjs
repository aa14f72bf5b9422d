// An SMSC on npm's smpp, which shares no code with the gateway. Prints one JSON line for each thing that happens; obeys
// JSON lines on standard input. Run with the folder that has node_modules as argument.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const smpp = createRequire(process.argv[2] + '/')('smpp');
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');
let nextId = 0xa1b2c3;
let session;
let held = [];

const server = smpp.createServer({}, (s) => {
  s.on('error', () => {});
  s.on('bind_transceiver', (pdu) => {
    if (pdu.password !== 's3cret-8') {
      s.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
      say({ event: 'refused' });
      return;
    }
    s.send(pdu.response({ system_id: 'npm' }));
    session = s;
    say({ event: 'bound', system_id: pdu.system_id, version: pdu.interface_version });
  });
  s.on('enquire_link', (pdu) => { s.send(pdu.response()); say({ event: 'enquire_link' }); });
  s.on('unbind', (pdu) => { s.send(pdu.response()); say({ event: 'unbind' }); });
  s.on('close', () => say({ event: 'closed' }));
  s.on('query_sm', (pdu) => {
    say({ event: 'query_sm', message_id: pdu.message_id, source_addr: pdu.source_addr });
    s.send(pdu.response({ message_id: pdu.message_id, message_state: 2, final_date: '' }));
  });
  s.on('submit_sm', (pdu) => {
    const udh = pdu.short_message.udh ? [...pdu.short_message.udh[0]] : undefined;
    say({
      event: 'submit_sm', sequence: pdu.sequence_number, source: pdu.source_addr, source_ton: pdu.source_addr_ton, source_npi: pdu.source_addr_npi,
      to: pdu.destination_addr, to_ton: pdu.dest_addr_ton, to_npi: pdu.dest_addr_npi, text: pdu.short_message.message, udh,
      coding: pdu.data_coding, validity: pdu.validity_period, registered: pdu.registered_delivery, esm_class: pdu.esm_class, replace: pdu.replace_if_present_flag,
    });
    const id = nextId++;
    const accept = () => s.send(pdu.response({ message_id: id.toString(16).toUpperCase() }));
    const addresses = { source_addr: pdu.destination_addr, source_addr_ton: 1, source_addr_npi: 1, destination_addr: pdu.source_addr };
    const byText = () => s.deliver_sm({
      ...addresses, esm_class: 4,
      short_message: `id:${id} sub:001 dlvrd:001 submit date:2611220100 done date:2611220101 stat:DELIVRD err:000 text:x`,
    }, () => say({ event: 'receipt taken' }));
    const byFields = () => s.deliver_sm({
      ...addresses, esm_class: 4, receipted_message_id: id.toString(16).toUpperCase(), message_state: 5,
      network_error_code: Buffer.from([3, 0, 27]), short_message: 'no text of the usual form',
    }, () => say({ event: 'receipt taken' }));
    switch (pdu.destination_addr.slice(-4)) {
      case '0001': return s.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }));
      case '0006': return s.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
      case '0007': return s.send(pdu.response({ command_status: smpp.ESME_RMSGQFUL }));
      case '0008': return undefined; // never
      case '0009': byText(); return setImmediate(accept);
      case '0013': return accept(); // without a receipt
      case '0016': return s.destroy();
      case '0020': accept(); return byFields();
      case '0021': held.push(accept); return say({ event: 'late' }); // until its caller has gone
      case '0030': held.push(accept); return say({ event: 'held', count: held.length });
      default: accept(); return byText();
    }
  });
});

createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line);
  if (order.release) { held.forEach((accept) => accept()); held = []; }
  const { payload, ...fields } = order.deliver ?? {};
  if (order.deliver) session.deliver_sm(payload ? { ...fields, message_payload: { message: payload } } : fields,
    (pdu) => say({ event: 'deliver_sm_resp', status: pdu.command_status }));
  if (order.unbind) session.unbind(() => { session.close(); });
  if (order.unknown) session.cancel_sm({ message_id: '1', source_addr: '1', destination_addr: '2' }, (pdu) => say({ event: 'answer', command: pdu.command, status: pdu.command_status }));
}).on('close', () => process.exit(0));

server.listen(0, '127.0.0.1', () => say({ event: 'listening', port: server.address().port }));
