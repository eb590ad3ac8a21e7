/** Keelson's look: Mantine's components with our colours, sizes and letters. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const keel: MantineColorsTuple = [
  "#e6f4f0",
  "#cfe8e1",
  "#a0d2c5",
  "#6dbba8",
  "#44a890",
  "#2a9b81",
  "#0b6e5f",
  "#095f52",
  "#074f45",
  "#043e36",
];

const red: MantineColorsTuple = [
  "#fdeceb",
  "#fad5d3",
  "#f2aaa6",
  "#ea7c77",
  "#dd564f",
  "#cc3c34",
  "#b3261e",
  "#981e17",
  "#7d1712",
  "#63110d",
];

const ink: MantineColorsTuple = [
  "#e4ebe8",
  "#c0ccc8",
  "#93a5a0",
  "#71837e",
  "#4a5a56",
  "#33423e",
  "#222f2c",
  "#18211f",
  "#111917",
  "#0b110f",
];

export const theme = createTheme({
  primaryColor: "keel",
  primaryShade: 6,
  autoContrast: true,
  luminanceThreshold: 0.25,
  colors: { keel, red, dark: ink },
  fontFamily:
    'Inter, "Segoe UI Variable Text", "Segoe UI", system-ui, -apple-system, Roboto, "Noto Sans", "Helvetica Neue", "Liberation Sans", Arial, sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "JetBrains Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace',
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.25rem" },
  defaultRadius: "md",
  radius: { sm: "4px", md: "7px", lg: "12px" },
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "sm" } },
    TextInput: { defaultProps: { size: "sm", withAsterisk: false } },
    PasswordInput: { defaultProps: { size: "sm", withAsterisk: false } },
    NumberInput: { defaultProps: { size: "sm" } },
    Select: { defaultProps: { size: "sm", allowDeselect: false } },
    Modal: {
      defaultProps: {
        centered: true,
        radius: "lg",
        overlayProps: { backgroundOpacity: 0.45 },
        closeButtonProps: { "aria-label": "Close" },
      },
    },
    Menu: { defaultProps: { shadow: "md", position: "bottom-end" } },
    Tooltip: { defaultProps: { openDelay: 300 } },
  },
});

/** Our own variables beside Mantine's: --k-*. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#f5f7f6",
    "--mantine-color-text": "#14211e",
    "--mantine-color-dimmed": "#566661",
    "--mantine-color-placeholder": "#6f7f7a",
    "--mantine-color-default-border": "#cfd8d5",
    "--mantine-color-error": "#b3261e",
  },
  dark: {
    "--mantine-color-body": "#0e1513",
    "--mantine-color-text": "#e4ebe8",
    "--mantine-color-dimmed": "#9bada8",
    "--mantine-color-placeholder": "#82958f",
    "--mantine-color-default": "#182220",
    "--mantine-color-default-hover": "#1e2a27",
    "--mantine-color-default-border": "#34443f",
    "--mantine-color-error": "#ff8a80",
  },
});
