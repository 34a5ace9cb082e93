const TOKEN = 'millrace.token';

/** A refusal of the API; `status` 0 = no answer at all. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The answer of the API at this path below /api/v1. */
export async function get(path) {
  const token = sessionStorage.getItem(TOKEN);
  let response;
  try {
    response = await fetch(`/api/v1${path}`, { headers: token === null ? {} : { authorization: `Bearer ${token}` } });
  } catch {
    throw new ApiError(0, 'the process does not answer');
  }
  const body = await response.json();
  if (!response.ok) throw new ApiError(response.status, body.detail);
  return body;
}

/** Kept as long as this tab is open. */
export const useToken = (token) => sessionStorage.setItem(TOKEN, token);
