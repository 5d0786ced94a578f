export function request(c){return {operation:"Invoke",payload:{}}}
export function response(c){return c.result}
