import chromium from '@sparticuz/chromium'; import {chromium as pw} from 'playwright-core';
const [,, hash, out, w='1440', h='900', theme='light', wait='4000'] = process.argv;
const b=await pw.launch({executablePath: await chromium.executablePath(), args: ['--no-sandbox','--disable-gpu','--font-render-hinting=none'], headless:true});
const p=await b.newPage({viewport:{width:+w,height:+h}, colorScheme: theme, timezoneId:'Europe/Berlin'});
p.on('console', m=>console.log('console', m.type(), m.text())); p.on('pageerror', e=>console.log('ERR', e.stack));
await p.goto('http://127.0.0.1:8190/'+hash); await p.waitForTimeout(+wait); await p.screenshot({path:out}); await b.close();
