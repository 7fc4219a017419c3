// The look of the page: system fonts, two colour schemes, one column on a phone.
import { Markup } from './markup.ts';

export const PAGE_STYLE = new Markup(`
:root{color-scheme:light dark;--ground:#f4f6f8;--card:#fff;--ink:#18202b;--soft:#5a6675;--line:#dfe4ea;--grid:#e9edf1;--working:#2868d8;--waiting:#d98200;--mark:#18202b;--warn:#a54800;--shade:#18202b40}
@media(prefers-color-scheme:dark){:root{--ground:#0e1217;--card:#171d24;--ink:#e7ecf2;--soft:#98a4b3;--line:#2b343f;--grid:#242c36;--working:#6ea2ff;--waiting:#f0a83c;--mark:#e7ecf2;--warn:#ffb36b;--shade:#000c}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
main{max-width:1080px;margin:0 auto;padding:36px 24px 28px}
h1{font-size:27px;line-height:1.25;margin:0 0 6px;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:18px;margin:0 0 4px}
h3{font-size:14px;margin:22px 0 8px}
p{margin:0 0 14px;color:var(--soft);max-width:90ch;text-wrap:pretty}
.eyebrow{font-size:12px;font-weight:600;letter-spacing:.08em;text-transform:uppercase;color:var(--soft);margin:0 0 6px}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:22px 24px;margin-top:18px;overflow-wrap:anywhere}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(148px,1fr));background:var(--card);border:1px solid var(--line);border-radius:12px;overflow:hidden;margin:22px 0 0}
.figures div{padding:14px 18px;border:solid var(--line);border-width:0 1px 1px 0;margin:0 -1px -1px 0}
.figures dt{font-size:13px;color:var(--soft)}
.figures dd{margin:0;font-size:23px;font-weight:600;line-height:1.3;letter-spacing:-.01em;overflow-wrap:anywhere}
.figures small{display:block;font-size:13px;font-weight:400;color:var(--soft);letter-spacing:0}
.plot{display:grid;grid-template-columns:44px minmax(0,1fr);margin-top:10px}
svg text{font-size:12px;fill:var(--soft)}
svg.area,svg.gutter{display:block;overflow:visible}
.grid{stroke:var(--grid)}.base{stroke:var(--soft);stroke-opacity:.6}.step{fill:var(--working)}.mark{stroke:var(--mark);stroke-dasharray:4 3}.bar{fill:var(--working)}
.hover{fill:transparent;pointer-events:all}.plot .hover:hover{fill:var(--ink);fill-opacity:.12}
.bars{display:grid;grid-template-columns:minmax(64px,max-content) minmax(0,1fr);column-gap:16px;margin-top:6px}
.bars p{grid-column:1/-1;font-size:13px;margin:8px 0 0}
.bar-name{align-self:center;font-size:14px;max-width:220px;overflow-wrap:anywhere}
.working rect,.key .working{fill:var(--working)}.waiting rect,.key .waiting{fill:var(--waiting)}.working line{stroke:var(--working)}.waiting line{stroke:var(--waiting)}
.bars .most{fill-opacity:.35}.bars g .hover{fill:transparent}
.key{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:0 0 10px;padding:0;font-size:13px;color:var(--soft)}
.key svg,.swatch{vertical-align:-1px;margin-right:6px}
.scroll{overflow-x:auto;margin:0 -24px;padding:0 24px;background:linear-gradient(to right,var(--card),var(--card)) left/32px 100% no-repeat local,linear-gradient(to left,var(--card),var(--card)) right/32px 100% no-repeat local,linear-gradient(to right,var(--shade),transparent) left/14px 100% no-repeat scroll,linear-gradient(to left,var(--shade),transparent) right/14px 100% no-repeat scroll}
table{border-collapse:collapse;width:100%;font-size:14px;overflow-wrap:normal}
th,td{padding:7px 0 7px 18px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{padding-left:0;text-align:left}td.left,th.left{text-align:left}td.wrap{white-space:normal;min-width:15ch}
tbody tr:last-child>*{border-bottom:0}
thead th{font-weight:600;font-size:13px;color:var(--soft)}thead tr:not(:last-child) th{border-bottom:0;padding-bottom:0}thead .group{text-align:center}thead .group::after{content:'';display:block;border-bottom:1px solid var(--line);margin-top:4px}
tbody th{font-weight:600}
td small,th small{display:block;font-weight:400;font-size:12px;color:var(--soft)}
.meter{display:inline-block;vertical-align:1px;width:72px;height:6px;border-radius:3px;background:var(--grid);margin-left:10px;overflow:hidden}
.meter i{display:block;height:100%;background:var(--waiting)}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:10px 40px;align-items:start;margin-bottom:22px}.bar-cell{width:45%}.share{display:block;height:10px;border-radius:2px;background:var(--working)}p b{color:var(--ink);font-weight:600}
.frames{display:grid;grid-template-columns:repeat(auto-fill,minmax(216px,1fr));gap:18px;list-style:none;margin:14px 0 0;padding:0}
.frames li{scroll-margin:16px}
figure{margin:0}figure svg{display:block;width:100%;height:auto;border-radius:6px;background:#000}
.frames .cell{display:block}
figcaption{font-size:13px;color:var(--soft);margin-top:5px}figcaption b{color:var(--ink);font-weight:600}
figure .close{display:none}
figure a{color:inherit;text-decoration:none;cursor:zoom-in}
figure:target{position:fixed;inset:0;z-index:1;display:flex;flex-direction:column;align-items:center;justify-content:center;background:rgba(6,9,12,.94);padding:20px}
figure:not(:target) tspan{display:none}
figure:target a:first-child{width:100%}
figure:target svg{width:min(100%,calc((100vh - 90px)*var(--ratio)));margin:0 auto}
figure:target figcaption,figure:target figcaption b{color:#dfe5ec}
figure:target .close{display:block;position:absolute;inset:0;cursor:zoom-out}
figure svg text{font-weight:600;paint-order:stroke;stroke:rgba(0,0,0,.8);stroke-linejoin:round;font-size:var(--size);stroke-width:calc(var(--size)*.2)}figure svg rect{fill:none;stroke-width:calc(var(--size)*.12)}
@media(min-width:700px){figure:target svg text{font-size:calc(var(--size)*.6);stroke-width:calc(var(--size)*.1)}figure:target svg rect{stroke-width:calc(var(--size)*.07)}}
.notes{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:6px 20px;margin:8px 0 0;font-size:14px}.notes dt{font-weight:600}.notes dd{margin:0;color:var(--soft)}
.warnings{margin:8px 0 0;padding-left:20px;font-size:14px}.warnings code{color:var(--warn)}code{font:13px ui-monospace,Menlo,Consolas,monospace}
footer{font-size:13px;color:var(--soft);margin:22px 2px 0}
@media(max-width:600px){main{padding:22px 14px}section{padding:18px 16px}.scroll{margin:0 -16px;padding:0 16px 0 0}th,td{padding-left:14px}.scroll th:first-child,.scroll td:first-child{position:sticky;left:0;background:var(--card);box-shadow:inset -1px 0 var(--line);padding:7px 10px 7px 16px}h1{font-size:22px}.pair{grid-template-columns:minmax(0,1fr)}.figures{grid-template-columns:1fr 1fr}.figures div{padding:12px 14px}.figures dd{font-size:20px}.frames{grid-template-columns:1fr 1fr;gap:12px}.bars{grid-template-columns:minmax(0,1fr)}.bars p{grid-column:1/-1;font-size:13px;margin:8px 0 0}
.bar-name{margin-top:6px;font-size:13px}.notes{grid-template-columns:1fr;gap:0}.notes dd{margin-bottom:8px}}
@media print{body{background:#fff}section{break-inside:avoid}}
`);
