/** The page's start: theme, queries, router. */
import "@mantine/core/styles.css";
import "./theme/base.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createQueryClient } from "./api/queries.ts";
import { AnnouncerProvider } from "./components/announcer.tsx";
import { createAppRouter } from "./router.tsx";
import { cssVariables, theme } from "./theme/theme.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no #root");

const queries = createQueryClient();
const router = createAppRouter(queries);
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.content ?? "";

// Open dialogs lock the page's scrolling by a style element of a library that looks for its nonce here.
Object.assign(globalThis, { __webpack_nonce__: nonce });

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        defaultColorScheme="auto"
        getStyleNonce={() => nonce}
      >
        <AnnouncerProvider>
          <RouterProvider router={router} />
        </AnnouncerProvider>
      </MantineProvider>
    </QueryClientProvider>
  </StrictMode>,
);
