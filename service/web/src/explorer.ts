// What every reading page loads; each page is complete without it.
document.documentElement.classList.add("has-scripts");
