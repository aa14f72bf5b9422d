import{Y as e,Z as t,nt as n}from"./sound-Cg7-ONKK.js";function r(){return n({queryKey:[`flows`,`list`],staleTime:3e4,queryFn:async()=>(await t(e.GET(`/v1/flows`))).items})}var i=e=>e.version!==void 0,a=e=>e.title&&e.title!==e.name?`${e.title} (${e.name})`:e.name,o=/^[a-z][a-z0-9_]{0,39}$/;function s(e,t){return/^flow:.*$/m.test(e)?e.replace(/^flow:.*$/m,`flow: ${t}`):`flow: ${t}\n${e}`}var c=(e,t)=>`flow: ${e}
title: ${e}
locales: [${t}]
start: greeting
steps:
  greeting:
    say:
      ${t}: "{bank}"
    next: end
  end:
    hang_up:
`;function l(e,t,n){let r=e.split(`
`),i=Math.min(Math.max(1,t),r.length);return r.slice(0,i-1).reduce((e,t)=>e+t.length+1,0)+Math.min(Math.max(1,n)-1,r[i-1].length)}export{l as a,i,a as n,s as o,o as r,r as s,c as t};