import type { ComponentProps, MouseEvent, ReactNode } from 'react';
import type { LucideIcon } from 'lucide-react';
import { classes } from './classes.ts';
import { Icon } from './icon.tsx';
import { Tooltip } from './tooltip.tsx';

export type ButtonKind = 'default' | 'primary' | 'quiet' | 'danger';

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled' | 'type'> {
  readonly kind?: ButtonKind;
  readonly size?: 'small' | 'medium' | 'large';
  readonly icon?: LucideIcon;
  readonly iconAfter?: LucideIcon;
  /** Why it cannot be pressed now, in the present tense. The button stays focusable and says so. */
  readonly disabledReason?: string | null | undefined;
  /** Adds the arrow of a button that opens a menu. */
  readonly opensMenu?: boolean;
  readonly children?: ReactNode;
}

const KIND_CLASS = { default: '', primary: 'b-p', quiet: 'b-g', danger: 'b-d' } as const satisfies Record<ButtonKind, string>;

export function Button(props: ButtonProps) {
  const { kind = 'default', size = 'medium', icon, iconAfter, disabledReason, opensMenu, className, children, onClick, ...rest } = props;
  const disabled = Boolean(disabledReason);
  const press = (event: MouseEvent<HTMLButtonElement>) => {
    if (disabled) event.preventDefault();
    else onClick?.(event);
  };
  const button = (
    <button
      {...rest}
      type="button"
      className={classes('b', KIND_CLASS[kind], size === 'small' && 'b-s', size === 'large' && 'b-l', opensMenu && 'b-menu', className)}
      aria-disabled={disabled || undefined}
      aria-description={disabledReason ?? rest['aria-description']}
      onClick={press}
    >
      {icon && <Icon of={icon} />}
      {children}
      {iconAfter && <Icon of={iconAfter} />}
    </button>
  );
  return disabled ? <Tooltip content={disabledReason}>{button}</Tooltip> : button;
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon' | 'iconAfter'> {
  readonly icon: LucideIcon;
  /** Spoken name, also the tooltip. */
  readonly label: string;
}

export function IconButton({ icon, label, className, disabledReason, kind = 'quiet', size = 'small', ...rest }: IconButtonProps) {
  const button = (
    <Button
      {...rest}
      kind={kind}
      size={size}
      className={classes('b-i', className)}
      aria-label={label}
      aria-disabled={disabledReason ? true : undefined}
      onClick={disabledReason ? undefined : rest.onClick}
      aria-description={disabledReason ?? undefined}
    >
      <Icon of={icon} />
    </Button>
  );
  return <Tooltip content={disabledReason ? `${label}. ${disabledReason}` : label}>{button}</Tooltip>;
}
