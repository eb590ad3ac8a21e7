/** Line icons, 16 px, drawn in the text's colour. Decoration only: the words beside them say the same. */
import type { ReactNode } from "react";

interface IconProps {
  readonly size?: number;
}

function Drawing({ size = 16, children }: IconProps & { readonly children: ReactNode }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const PlusIcon = (props: IconProps) => (
  <Drawing {...props}>
    <path d="M8 3v10M3 8h10" />
  </Drawing>
);

export const CopyIcon = (props: IconProps) => (
  <Drawing {...props}>
    <rect x="5.5" y="5.500" width="8" height="8" rx="1.500" />
    <path d="M3 10.500A1 1 0 0 1 2.500 9.600V3.500a1 1 0 0 1 1-1h6a1 1 0 0 1 1 .5" />
  </Drawing>
);

export const CheckIcon = (props: IconProps) => (
  <Drawing {...props}>
    <path d="m3 8.500 3.200 3L13 4.500" />
  </Drawing>
);

export const EyeIcon = (props: IconProps) => (
  <Drawing {...props}>
    <path d="M1.500 8S4 3.500 8 3.500 14.500 8 14.500 8 12 12.500 8 12.500 1.500 8 1.500 8Z" />
    <circle cx="8" cy="8" r="1.900" />
  </Drawing>
);

export const EyeOffIcon = (props: IconProps) => (
  <Drawing {...props}>
    <path d="M6 3.800A6 6 0 0 1 8 3.500c4 0 6.500 4.500 6.500 4.500a11 11 0 0 1-1.700 2.200M4 5a10 10 0 0 0-2.500 3S4 12.500 8 12.500a6 6 0 0 0 3-.8M2 2l12 12" />
  </Drawing>
);

export const SunIcon = (props: IconProps) => (
  <Drawing {...props}>
    <circle cx="8" cy="8" r="2.800" />
    <path d="M8 1.500v1.200M8 13.300v1.200M1.500 8h1.200M13.300 8h1.200M3.400 3.400l.9.9M11.700 11.700l.9.9M3.400 12.600l.9-.9M11.700 4.300l.9-.9" />
  </Drawing>
);

export const MoonIcon = (props: IconProps) => (
  <Drawing {...props}>
    <path d="M13.200 9.600A5.700 5.700 0 0 1 6.400 2.800a5.700 5.700 0 1 0 6.800 6.800Z" />
  </Drawing>
);

export const SystemIcon = (props: IconProps) => (
  <Drawing {...props}>
    <rect x="2" y="2.800" width="12" height="8" rx="1.300" />
    <path d="M6 13.500h4" />
  </Drawing>
);

export const UserIcon = (props: IconProps) => (
  <Drawing {...props}>
    <circle cx="8" cy="5.300" r="2.600" />
    <path d="M2.800 13.800c.6-2.700 2.600-4 5.200-4s4.600 1.300 5.200 4" />
  </Drawing>
);

export const SwapIcon = (props: IconProps) => (
  <Drawing {...props}>
    <path d="M3 5.500h9.500L10 3M13 10.500H3.500L6 13" />
  </Drawing>
);

export const BackupIcon = (props: IconProps) => (
  <Drawing {...props}>
    <path d="M8 2v6.500M5.300 6 8 8.700 10.700 6" />
    <path d="M2.500 10v2.500a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1V10" />
  </Drawing>
);

export const RestoreIcon = (props: IconProps) => (
  <Drawing {...props}>
    <path d="M2.500 8a5.500 5.500 0 1 0 1.700-4" />
    <path d="M2.300 2v2.800h2.800" />
    <path d="M8 5v3.200l2.200 1.300" />
  </Drawing>
);

export const SearchIcon = (props: IconProps) => (
  <Drawing {...props}>
    <circle cx="7" cy="7" r="4.200" />
    <path d="m10.200 10.200 3.300 3.300" />
  </Drawing>
);

export const AlertIcon = (props: IconProps) => (
  <Drawing {...props}>
    <path d="M8 2.200 14.300 13H1.700L8 2.200Z" />
    <path d="M8 6.500v3M8 11.300v.01" />
  </Drawing>
);

export const PauseIcon = (props: IconProps) => (
  <Drawing {...props}>
    <path d="M5.500 3.500v9M10.500 3.500v9" />
  </Drawing>
);

export const PlayIcon = (props: IconProps) => (
  <Drawing {...props}>
    <path d="M4.500 3v10l8-5-8-5Z" />
  </Drawing>
);

export const TrashIcon = (props: IconProps) => (
  <Drawing {...props}>
    <path d="M2.800 4.300h10.400M6.300 4.300V2.700h3.400v1.600M4.200 4.300l.6 9h6.400l.6-9M6.800 7v3.800M9.200 7v3.800" />
  </Drawing>
);
