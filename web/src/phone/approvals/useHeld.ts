import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { simulator } from '../simulator';
import { signedForFactor } from './approvals';
import { heldFor, hold, newKeys, publicKey, sign } from './keys';

/** The signing key of this phone for a number: null when it has none. */
export function useHeld(number: string | undefined) {
  return useQuery({ queryKey: ['held', number], enabled: number !== undefined, queryFn: async () => (await heldFor(number!)) ?? null, staleTime: Infinity });
}

/** Sets the bank's app up on this phone: a key is made here, and the bank learns its public half. */
export function useSetUp(number: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const keys = await newKeys();
      const made = await simulator.setUpApp(number, await publicKey(keys));
      const proof = await sign(keys, signedForFactor(made.bank_id, made.customer_id, made.factor_id, made.challenge));
      await simulator.confirmApp(number, made.factor_id, proof);
      await hold(number, { bankId: made.bank_id, factorId: made.factor_id, keys });
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['held', number] });
      void client.invalidateQueries({ queryKey: ['registration'] });
    },
  });
}
