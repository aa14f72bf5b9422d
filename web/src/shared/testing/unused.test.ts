import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flatten } from '../i18n/parity';

const withoutComments = (source: string) => source.replace(/\/\*[^]*?\*\/|(?<![:'"])\/\/.*$/gm, '');
const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((path) => join('src', path));
const read = (which: RegExp) => files.filter((path) => which.test(path)).map((path): [string, string] => [path, withoutComments(readFileSync(path, 'utf8'))]);
const sources = read(/(?<!\.test|\.d)\.tsx?$/);

/** Whether the code says a key, by itself or by a template such as `state.${state}`, which stands for all that it may become. */
function says(): (key: string) => boolean {
  const code = sources.map(([, source]) => source).join('\n');
  const whole = new Set([...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"/g)].map((m) => m[1] ?? m[2]!));
  const templates = [...code.matchAll(/`([^`]*)`/g)]
    .map((m) => m[1]!.split(/\$\{[^}]*\}/))
    .filter((parts) => parts.length > 1 && /^[\w.:]*[a-z]{2}[\w.:]*$/i.test(parts.join('')))
    .map((parts) => new RegExp(`^${parts.map((part) => part.replaceAll('.', '\\.')).join('[^]+')}$`));
  return (key) => whole.has(key) || templates.some((template) => template.test(key));
}

describe('nothing is left behind', () => {
  it('every text is said somewhere', () => {
    const said = says();
    const unused: string[] = [];
    for (const path of files.filter((path) => /locales.en.\w+\.json$/.test(path))) {
      const namespace = /(\w+)\.json$/.exec(path)![1];
      for (const key of flatten(JSON.parse(readFileSync(path, 'utf8'))).keys()) {
        const plural = key.replace(/_(zero|one|two|few|many|other)$/, '');
        if (![key, plural].some((k) => said(k) || said(`${namespace}:${k}`))) unused.push(`${namespace}:${key}`);
      }
    }
    expect(unused).toEqual([]);
  });

  it('every class of a style is given, and every class that is given has a style', () => {
    const given = new Map<string, Set<string>>();
    for (const [path, source] of sources) {
      for (const [, name, from] of source.matchAll(/import (\w+) from '([^']+\.module\.css)'/g)) {
        const style = from!.startsWith('@/') ? join('src', from!.slice(2)) : join(dirname(path), from!);
        const classes = given.get(style) ?? new Set();
        for (const m of source.replaceAll(from!, '').matchAll(new RegExp(`\\b${name}\\.(\\w+)`, 'g'))) classes.add(m[1]!);
        given.set(style, classes);
      }
    }
    const wrong: string[] = [];
    for (const [path, css] of read(/\.module\.css$/)) {
      const defined = new Set([...css.replace(/:global\([^)]*\)/g, '').matchAll(/\.([a-z_][\w-]*)/gi)].map((m) => m[1]!));
      const classes = given.get(path) ?? new Set();
      wrong.push(...[...defined].filter((c) => !classes.has(c)).map((c) => `${path}: .${c} is never given`));
      wrong.push(...[...classes].filter((c) => !defined.has(c)).map((c) => `${path}: .${c} has no style`));
    }
    expect(wrong).toEqual([]);
  });
});
