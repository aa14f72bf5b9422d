import { useQuery } from '@tanstack/react-query';
import { type ImgHTMLAttributes, useEffect, useState } from 'react';
import type { Schema } from '@/api';

type Step = Pick<Schema<'CallStep'>, 'still_url' | 'still_sha256' | 'attempts'>;

/**
 * The still picture of a step. A step that is done again has a new picture
 * under the same path, and browsers reuse an image within a page without
 * asking: so it is fetched, once for each hash.
 */
export function Still({ step, alt, ...img }: { step: Step; alt: string } & Omit<ImgHTMLAttributes<HTMLImageElement>, 'src' | 'alt'>) {
  const { data } = useQuery({
    queryKey: ['stills', step.still_url, step.still_sha256 ?? step.attempts],
    enabled: step.still_url !== undefined,
    staleTime: Infinity,
    queryFn: async () => {
      const response = await fetch(step.still_url!, { cache: 'no-cache', credentials: 'same-origin' });
      if (!response.ok) throw new Error(`still: HTTP ${response.status}`);
      return response.blob();
    },
  });
  const [src, setSrc] = useState<string>();
  useEffect(() => {
    if (!data) return;
    const url = URL.createObjectURL(data);
    setSrc(url);
    return () => URL.revokeObjectURL(url);
  }, [data]);
  return <img {...img} src={src} alt={alt} data-loading={src === undefined || undefined} />;
}
