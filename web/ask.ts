/** Requests that fail with a code of texts.json, never with a raw error. */
export class Refused extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

export async function ask<T>(path: string, body?: unknown): Promise<T> {
  const init: RequestInit =
    body === undefined
      ? {}
      : body instanceof Blob
        ? { method: "POST", body }
        : { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Refused("line-down");
  }
  if (!response.ok) throw new Refused(await codeOf(response));
  return (await response.json()) as T;
}

async function codeOf(response: Response): Promise<string> {
  try {
    return ((await response.json()) as { code?: string }).code ?? "internal";
  } catch {
    return "internal";
  }
}
