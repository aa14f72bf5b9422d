import { useTranslation } from 'react-i18next';

const known = ['customer_not_found', 'customer_ambiguous', 'invalid_phone', 'country_not_allowed', 'no_device', 'opted_out', 'frequency_cap', 'channel_not_configured'] as const;

/** Why a row was or would be refused; the server's English sentence where we have no words. */
export function useRefusal(): (code: string, detail?: string) => string {
  const { t } = useTranslation('console');
  return (code, detail) => {
    const key = known.find((k) => k === code);
    return key ? t(`refusal.${key}`) : (detail ?? code);
  };
}
