export default function Choose() { return <h1 tabIndex={-1}>Which channel?</h1>; }
