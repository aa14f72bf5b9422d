import { useQuery } from '@tanstack/react-query';
import { api, Problem, type Schema } from '@/api';
import { readStored, store } from './number';
import type { Ring } from './ringing';

/** Whether the gateway has answered such questions in this browser: else it is asked only on demand. */
const mayAskKey = 'visavis.phone.mayAsk';

/** What the gateway knows of this handset's push token. */
export type Registration =
  /** Nobody is signed in at the console in this browser who may see customers. */
  | { known: false }
  /** `customers` have this number; `device` is this handset's, when one of them has its token. */
  | { known: true; customers: Schema<'Customer'>[]; device: Schema<'Device'> | undefined };

async function lookUp(number: string, token: string): Promise<Registration> {
  try {
    const { data } = await api.GET('/v1/customers', { params: { query: { phone: number } } });
    const customers = data?.items ?? [];
    store(mayAskKey, true);
    for (const customer of customers) {
      const devices = await api.GET('/v1/customers/{customer_id}/devices', { params: { path: { customer_id: customer.id } } });
      const device = devices.data?.items.find((d) => !d.disabled_at && token.endsWith(d.token_hint.replace(/^\W+/, '')));
      if (device) return { known: true, customers, device };
    }
    return { known: true, customers, device: undefined };
  } catch (error) {
    const { status } = Problem.from(error);
    if (status === 401 || status === 403 || status === 404) {
      store(mayAskKey, false);
      return { known: false };
    }
    throw error;
  }
}

/**
 * Whether the bank has registered this handset. Only a supervisor or an
 * administrator may know; whoever is not signed in gets `known: false`. Until
 * it was answered once in this browser it is only asked by `refetch`.
 */
export function useRegistration(number: string | undefined, token: string | undefined) {
  return useQuery({
    queryKey: ['registration', number, token],
    queryFn: () => lookUp(number!, token!),
    enabled: number !== undefined && token !== undefined && readStored(mayAskKey, false),
    staleTime: 5_000,
    refetchOnWindowFocus: true,
  });
}

const bearer = (ring: Ring, key: string) => ({ Authorization: `Bearer ${ring.token}`, 'Idempotency-Key': key });
const path = (ring: Ring) => ({ path: { call_id: ring.callId } });

/** Tells the gateway that this phone rings, so that it need not send the link by SMS. `device` is the device's id, if known. */
export async function reportRinging(ring: Ring, device: string | undefined): Promise<void> {
  await api.POST('/v1/calls/{call_id}/ringing', {
    params: path(ring), body: device ? { device } : {}, headers: bearer(ring, `phone-ringing-${ring.callId}-${device ?? 'page'}`),
  });
}

/** Declines the call. One that is over, or that another device answered, needs no declining any more: no error. */
export async function decline(ring: Ring): Promise<void> {
  try {
    await api.POST('/v1/calls/{call_id}/decline', { params: path(ring), headers: bearer(ring, `phone-decline-${ring.callId}`) });
  } catch (error) {
    if (![404, 409, 410].includes(Problem.from(error).status)) throw error;
  }
}
