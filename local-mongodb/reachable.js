// Checks in a short time whether a download is possible
// @ts-check
'use strict'

const http = require('node:http')
const https = require('node:https')
const { once } = require('node:events')
const { withTimeout } = require('./with-timeout')

// The variables that mongodb-memory-server reads, in its order
const PROXY_VARIABLES = [
  'yarn_https-proxy',
  'yarn_proxy',
  'npm_config_https-proxy',
  'npm_config_proxy',
  'https_proxy',
  'http_proxy',
  'HTTPS_PROXY',
  'HTTP_PROXY',
]

/**
 * Rejects if the address cannot be reached.
 *
 * @param {string} address
 * @param {number} ms
 */
async function assertReachable(address, ms) {
  const { host, request, status: received } = probe(new URL(address))
  try {
    const status = await withTimeout(ms, received, 'no answer')
    if (status >= 400) throw new Error(`status ${status}`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    throw new Error(`${host} cannot be reached to download mongod: ${reason}`)
  } finally {
    request.on('error', () => {}).destroy()
  }
}

/** @param {URL} url */
function probe(url) {
  const proxy = PROXY_VARIABLES.map((name) => process.env[name]).find(Boolean)
  if (proxy) return probeByProxy(url, new URL(proxy))
  const { request: send } = url.protocol === 'https:' ? https : http
  const request = send(url, { method: 'HEAD', agent: false })
  request.end()
  return { host: url.host, request, status: statusOf(request, 'response') }
}

/**
 * Opens the tunnel only: this shows whether the proxy reaches the address.
 *
 * @param {URL} url
 * @param {URL} proxy
 */
function probeByProxy(url, proxy) {
  const target = `${url.hostname}:${url.port || (url.protocol === 'http:' ? 80 : 443)}`
  const login = decodeURIComponent(`${proxy.username}:${proxy.password}`)
  const headers = {
    host: target,
    ...(proxy.username && {
      'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}`,
    }),
  }
  const { request: send } = proxy.protocol === 'https:' ? https : http
  const options = { method: 'CONNECT', path: target, headers, agent: false }
  const request = send(`${proxy.protocol}//${proxy.host}`, options)
  request.end()
  return { host: `${url.host} (by proxy)`, request, status: statusOf(request, 'connect') }
}

/**
 * @param {http.ClientRequest} request
 * @param {'response' | 'connect'} event
 * @returns {Promise<number>}
 */
async function statusOf(request, event) {
  const [response] = await once(request, event)
  return response.statusCode
}

module.exports = { assertReachable }
