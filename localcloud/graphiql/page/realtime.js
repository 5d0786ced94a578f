// AppSync's real-time protocol: one WebSocket for each subscription of the page.

const base64url = (text) =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text)))
    .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** Subscribes; what comes goes to `sink` ({next, error, complete}). Returns a function that ends it. */
export function subscribe(mode, request, sink) {
  const data = JSON.stringify(request);
  let socket;
  let ended = false;
  const end = (tell) => {
    if (ended) return;
    ended = true;
    socket?.close();
    tell?.();
  };
  const received = async (frame) => {
    if (frame.type === 'connection_ack') {
      const authorization = { host: location.host, ...(await mode.headers('/graphql', data)) };
      socket.send(JSON.stringify({ id: '1', type: 'start', payload: { data, extensions: { authorization } } }));
    } else if (frame.type === 'data') sink.next(frame.payload);
    else if (frame.type === 'complete') end(() => sink.complete());
    else if (frame.type === 'error' || frame.type === 'connection_error') end(() => sink.error(frame.payload));
  };
  const open = async () => {
    const header = { host: location.host, ...(await mode.headers('/graphql/connect', '{}')) };
    if (ended) return;
    const protocols = ['graphql-ws', `header-${base64url(JSON.stringify(header))}`];
    socket = new WebSocket(`ws://${location.host}/graphql`, protocols);
    socket.onopen = () => socket.send(JSON.stringify({ type: 'connection_init' }));
    socket.onmessage = (event) => received(JSON.parse(event.data)).catch((error) => end(() => sink.error(error)));
    socket.onclose = () => end(() => sink.error(new Error('The connection was closed.')));
  };
  open().catch((error) => end(() => sink.error(error)));
  return () => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ id: '1', type: 'stop' }));
    end();
  };
}
