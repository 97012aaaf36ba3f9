import { classes } from '../../ui/classes.ts';

const WIDTH = 84;
const HEIGHT = 16;
const INSET = 1.5;

/** A small line without axes: only its shape is read. */
export function Spark({ values, warns }: { readonly values: readonly number[]; readonly warns: boolean }) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const x = (index: number) => (values.length < 2 ? 0 : (index / (values.length - 1)) * WIDTH);
  const y = (value: number) => (high === low ? HEIGHT / 2 : HEIGHT - INSET - ((value - low) / (high - low)) * (HEIGHT - 2 * INSET));
  const path = values.map((value, index) => `${index === 0 ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  return (
    <svg className="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path className={classes(warns && 'w')} d={path} />
    </svg>
  );
}
