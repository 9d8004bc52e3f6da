// Random numbers as NumPy draws them: the counter-based generator Philox 4 x 64, uniforms, and standard normals by the ziggurat
// (Marsaglia & Tsang 2000), the same doubles bit for bit.
const M0 = 0xd2e7470ee14c6c93n, M1 = 0xca5a826395121157n, W0 = 0x9e3779b97f4a7c15n, W1 = 0xbb67ae8584caa73bn;
const word = (value) => BigInt.asUintN(64, value);

// The 64-bit words of a key, in order; NumPy counts from 1.
export class Philox {
  constructor(key0, key1 = 0) {
    [this.key0, this.key1, this.counter, this.left] = [BigInt(key0), BigInt(key1), 0n, []];
  }

  next() {
    if (!this.left.length) this.left = this.block(++this.counter);
    return this.left.shift();
  }

  block(counter) {
    let [a, b, c, d, k0, k1] = [counter, 0n, 0n, 0n, this.key0, this.key1];
    for (let round = 0; round < 10; round++) {
      const p = M0 * a, q = M1 * c;
      [a, b, c, d] = [(q >> 64n) ^ b ^ k0, word(q), (p >> 64n) ^ d ^ k1, word(p)];
      [k0, k1] = [word(k0 + W0), word(k1 + W1)];
    }
    return [a, b, c, d];
  }

  uniform() {
    return Number(this.next() >> 11n) * 2 ** -53;
  }

  normal() {
    for (;;) {
      const bits = this.next(), layer = Number(bits & 255n), sign = bits & 256n ? -1 : 1;
      const place = Number((bits >> 9n) & 0xfffffffffffffn), x = place * STEP[layer];
      if (place < INSIDE[layer]) return sign * x;
      if (layer === 0) return this.tail(place & 256 ? -1 : 1);
      const height = (HEIGHT[layer - 1] - HEIGHT[layer]) * this.uniform() + HEIGHT[layer];
      if (height < Math.exp(-0.5 * x * x)) return sign * x;
    }
  }

  tail(sign) {
    for (;;) {
      const beyond = -Math.log1p(-this.uniform()) / END, y = -Math.log1p(-this.uniform());
      if (2 * y > beyond * beyond) return sign * (END + beyond);
    }
  }
}

// The ziggurat's 256 layers: each one's width over 2 ** 52, as NumPy has it rounded, from the base up.
const STEP = new Float64Array(Uint8Array.from(atob(`
edkVeDtJzzzG9v3jC42LPLRbLDyvUJI8YTtEOLl8lTwMpy/o/AGYPLzQTC4MI5o892E4L00AnDx0cnRaL6ydPMPVTC1IMp88rbuOJzJNoDxDXQI7BfWgPHc2QZ
emkqE89Rp6j6InojyA2GM4LrWiPPWRV8A/PKM8L7GiwZ69ozxVm/+N7zmkPKf+PTa7saQ8dNMaYnUlpTyWzgengJWlPOp+2c8xAqY8PXyjYdJrpjxwBQCSotKm
PKb4RtPaNqc8dyqzEK2YpzxD9UatRfinPHcKQ1PMVag8mnZ7nmSxqDyYz06pLgupPOoeLIJHY6k8RsU4jsm5qTwsp6TczA6qPFnNd21nYqo8MBYQbq20qjycbB
NtsQWrPCl6QoeEVas8Op9Sjjakqzwygr8q1vGrPPNOWflwPqw8YTsypROKrDyLJnL+ydSsPEi3gA6fHq08EB/kKZ1nrTzDuCMAzq+tPFN28ak69608/u3Stes9
rjwAb3oz6YOuPM6C+b06ya48JmLwhOcNrzyI9thU9lGvPK7Xh55tla88rC76fVPYrzzsNELgVg2wPJqPOfVALrA8/KUWnupOsDwQoHJbVm+wPAv0cZCGj7A8E2
G8hH2vsDx/zEtmPc+wPGsIFkvI7rA87hWVMiAOsTy+DzEHRy2xPEGRjp8+TLE8HiDEvwhrsTw02ngap4mxPIht7lEbqLE8yyr4+GbGsTwu1OCTi+SxPJ+gQJmK
ArI86cbEcmUgsjwfw+l9HT6yPPtrqQy0W7I8f9MdZip5sjwb1xnHgZayPNouuGK7s7I8U7jhYtjQsjyOqcvo2e2yPNdIbg3BCrM8MLn04Y4nszyhXiZwRESzPN
VSyrriYLM8algFvmp9szxksrJv3ZmzPAM9uL87trM84B1WmIbSszyDWnLevu6zPHSe4HHlCrQ8XXSmLfsmtDykMDzoAEO0PF3HynP3XrQ8NsNmnt96tDwvj0gy
upa0PF1BAvaHsrQ83BGzrEnOtDwFpjgWAOq0PGJVXu+rBbU8WosK8k0htTxPZmrV5jy1PMiyG053WLU8eF9VDgB0tTwUhQ7GgY+1PFkbJCP9qrU8PXN90XLGtT
zTjC974+G1PDhen8hP/bU8wx+jYLgYtjyisKLoHTS2PAsmtwSBT7Y8cpbJV+Jqtjw3MbGDQoa2PLGyUCmiobY8u0Oz6AG9tjxS0yhhYti2PFT4YTHE87Y862iL
9ycPtzzGFGlRjiq3PNzucNz3Rbc8H3PlNWVhtzxJ9O/61ny3PJO9ushNmLc8CRSLPMqztzz7ItvzTM+3POfec4zW6rc8H+qGpGcGuDx2hsjaACK4PBWfic6iPb
g8vfXRH05ZuDzFfnpvA3W4PC33R1/DkLg8Q8AFko6suDycDKGrZci4PCdqRFFJ5Lg8j7VzKToAuTxHgyjcOBy5PPwK7xJGOLk8iqIDeWJUuTzu1XC7jnC5PDEq
LonLjLk8v5k/kxmpuTws2dWMecW5PBF0byvs4bk8StL6JnL+uTySNvk5DBu6PFvIoiG7N7o8iLsLnn9UujykqUpyWnG6PD0xoGRMjro8CPGfPlarujzO9VrNeM
i6PDazi+G05bo8GqHDTwsDuzxbmJrwfCC7PAAM4KAKPrs8Az3OQbVbuzwniT+5fXm7PDz35fFkl7s8biWF22u1uzyiwC5rk9O7PIOugZvc8bs8oBbsbEgQvDwt
evDl1y68PBwNbhOMTbw8BYfsCGZsvDwXpuvgZou8PKuiNr2Pqrw8kNY7x+HJvDw34GgwXum8PG6PizIGCb08IO83ENsovTxHxjMV3ki9PCPx55YQab08pfvX9H
OJvTxwbiCZCaq9PA5J/PjSyr08Ny5SldHrvTwc0kn7Bg2+PPZG6sR0Lr48iNHBmRxQvjwl/pcvAHK+PAq/KkshlL48CG/3wIG2vjw6pxB2I9m+PKnsAWEI/L48
IVPCijIfvzxtTbcPpEK/PGgBySBfZr88gpeJBGaKvzy/InEYu66/PIXnL9Jg0788C/YYwVn4vzx1oNNH1A7APEfJjwKoIcA8qwKpg6k0wDzH9T5O2kfAPH6zrf
Y7W8A8aCanI9BuwDwXLmOPmILAPFSi6AiXlsA8xMBxdc2qwDxI1O7RPb/APDA9qjTq08A8k2URz9TowDy2n6bv//3APEFwIARuE8E8NV27myEpwTxtCcRpHT/B
PDsuYEhkVcE88+6dO/lrwTxhEtJ034LBPKzrTlYamsE8ji9/d62xwTyUpnGpnMnBPDmu5Pvr4cE8Adniwp/6wTyBzASdvBPCPO7Tb3pHLcI8JJyspEVHwjzgWH
bHvGHCPC5ZqPqyfMI8eA53zS6YwjxSCipTN7TCPJfbljHU0MI89XipsQ3uwjzurlbS7AvDPKOkaF57KsM8oxKuBcRJwzxAqDN60mnDPApBVpKzisM8+oiucHWs
wzymBBezJ8/DPHX0YKrb8sM82uW5nKQXxDyUXlQVmD3EPBU6p0TOZMQ8vEOcdWKNxDwnWmudc7fEPAKJzQ0l48Q8QazpU58QxTxCfjpSEUDFPBvkSqmxccU82Y
1xi8ClxTz+0DokitzFPEwehs9pFsY86moAe85TxjzD5Z++QJXGPDLiCY1r28Y8NHpf8CgnxzxzBglWlXnHPIzO1vQt1Mc8NPIpBQM5yDwUfKq/D6vIPJZEb5Tg
Lsk8q1dAAe7LyTxad5R43I/KPLH9eDgfmMs8M60JgrQ7zTw=
`), (letter) => letter.charCodeAt(0)).buffer);
const END = STEP[255] * 2 ** 52;
const HEIGHT = STEP.map((step, i) => (i ? Math.exp(-0.5 * (step * 2 ** 52) ** 2) : 1));
const INSIDE = STEP.map((step, i) => 2 ** 52 * (i === 0 ? STEP[255] / step : i === 1 ? 0 : STEP[i - 1] / step));
