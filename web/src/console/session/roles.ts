import { type Role, useMe } from './session';

/**
 * Who sees and does what in the console: the same as x-visavis-actors in
 * httpapi/openapi.yaml. The server decides; this only hides what it would refuse.
 */
const allowed = {
  takeCalls: ['agent', 'supervisor'],
  chat: ['agent', 'supervisor'],
  seeChats: ['agent', 'supervisor', 'auditor'],
  seeQueue: ['agent', 'supervisor', 'administrator'],
  seeWallboard: ['supervisor', 'administrator'],
  supervise: ['supervisor'],
  seeDraws: ['supervisor', 'auditor', 'administrator'],
  setSkills: ['supervisor', 'administrator'],
  changeBookings: ['supervisor'],
  openCases: ['supervisor', 'administrator'],
  makeLinks: ['agent', 'supervisor', 'administrator'],
  decide: ['agent', 'supervisor'],
  noteCases: ['agent', 'supervisor'],
  cancelCases: ['supervisor', 'administrator'],
  listCustomers: ['supervisor', 'administrator'],
  seeMessages: ['supervisor', 'auditor', 'administrator'],
  seeTelephone: ['supervisor', 'auditor', 'administrator'],
  runCampaigns: ['supervisor', 'administrator'],
  placePhoneCalls: ['supervisor', 'administrator'],
  cancelPhoneCalls: ['supervisor', 'administrator'],
  keepRecordings: ['supervisor', 'auditor', 'administrator'],
  holdRecordings: ['supervisor', 'administrator'],
  seeEvents: ['supervisor', 'auditor', 'administrator'],
  seeAgents: ['supervisor', 'administrator'],
  setHours: ['supervisor', 'administrator'],
  seeTickets: ['agent', 'supervisor', 'auditor', 'administrator'],
  haveHours: ['agent', 'supervisor'],
  administer: ['administrator'],
} as const satisfies Record<string, readonly Role[]>;

export type Deed = keyof typeof allowed;

export function may(role: Role, deed: Deed): boolean {
  return (allowed[deed] as readonly Role[]).includes(role);
}

/** Whether the person who is signed in may do it. */
export function useMay(): (deed: Deed) => boolean {
  const { agent } = useMe();
  return (deed) => may(agent.role, deed);
}
