import classes from './Logo.module.css';

export interface LogoProps {
  /** Height of the mark in pixels, 28 by default. */
  size?: number;
  /** Without the word beside the mark. */
  markOnly?: boolean;
}

/** The product's mark and word: two who look at each other. */
export function Logo({ size = 28, markOnly = false }: LogoProps) {
  return (
    <span className={`${classes.logo} vv-ltr`} role="img" aria-label="Visavis">
      <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" className={classes.tile} />
        <path d="M7 9.5 13 22h1.6a3 3 0 0 0 2.7-1.7L22.5 9.5" className={classes.stroke} />
        <circle cx="24" cy="20.5" r="2.6" className={classes.dot} />
      </svg>
      {!markOnly && (
        <span className={classes.word} aria-hidden="true">
          visavis
        </span>
      )}
    </span>
  );
}
