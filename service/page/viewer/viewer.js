// The 3D view: shows a GLB of the service, from all sides or through the picture's camera.
import {
  AmbientLight, Box3, Color, DirectionalLight, GridHelper, PerspectiveCamera, Scene, Spherical, Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { drawPicture } from "./picture_camera.js";

const LENS_DEGREES = 35;
const MARGIN = 1.15;
const MOST_PIXELS_PER_POINT = 2;
const ALMOST_UPRIGHT = 0.05; // radians from the poles, where up loses its meaning

// Directions from the people to the viewer, y up: azimuth from the picture's camera, and height.
const VIEWS = { start: [0.5, 0.15], front: [0, 0], side: [Math.PI / 2, 0], back: [Math.PI, 0], top: [0, 1.5] };

/** A 3D view on a canvas. Throws if the browser has no WebGL. */
export class Viewer {
  #renderer;
  #scene = new Scene();
  #camera = new PerspectiveCamera(LENS_DEGREES, 1, 0.05, 200);
  #controls;
  #grid;
  #people = [];
  #root = null;
  #bounds = new Box3();

  constructor(canvas) {
    this.#renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
    this.#renderer.setPixelRatio(Math.min(window.devicePixelRatio, MOST_PIXELS_PER_POINT));
    const light = new DirectionalLight(0xffffff, 2.2);
    light.position.set(0.6, 1, 1);
    this.#camera.add(light, light.target);
    this.#scene.add(this.#camera, new AmbientLight(0xffffff, 1));
    this.#controls = new OrbitControls(this.#camera, canvas);
    this.#controls.addEventListener("change", () => this.render());
    new ResizeObserver(() => this.#resize()).observe(canvas);
    this.#resize();
  }

  /** Show a GLB instead of the last one; `colours` returns the CSS colour of a person. */
  async show(glb, colours) {
    const file = await new GLTFLoader().parseAsync(glb, "");
    this.clear();
    this.#root = file.scene;
    this.#scene.add(file.scene);
    file.scene.updateMatrixWorld(true);
    file.scene.traverse((part) => part.isSkinnedMesh && this.#people.push(part));
    for (const mesh of this.#people) {
      mesh.material = mesh.material.clone();
      mesh.material.color = new Color(colours(mesh.userData.index));
      mesh.frustumCulled = false;
    }
    this.#bounds.setFromObject(file.scene, true);
    this.#addGrid();
    this.look("start");
  }

  /** Remove all people. */
  clear() {
    for (const mesh of this.#people) {
      mesh.geometry.dispose();
      mesh.material.dispose();
      mesh.skeleton.dispose();
    }
    this.#people = [];
    this.#grid?.dispose();
    for (const part of [this.#root, this.#grid]) if (part) this.#scene.remove(part);
    this.#root = this.#grid = null;
    this.render();
  }

  /** Look at all people from one of the VIEWS. */
  look(name) {
    const [azimuth, height] = VIEWS[name];
    const centre = this.#bounds.getCenter(new Vector3());
    const size = this.#bounds.getSize(new Vector3());
    const around = Math.hypot(size.x, size.z) / 2;
    const above = name === "top" ? around : size.y / 2;
    const slope = Math.tan((LENS_DEGREES * Math.PI) / 360);
    const distance = (MARGIN * Math.max(above, around / this.#camera.aspect)) / slope + around;
    this.#controls.target.copy(centre);
    this.#place(new Spherical(distance, Math.PI / 2 - height, azimuth));
  }

  /** Move the viewer around by angles in radians, and nearer by a factor. */
  orbit(azimuth, height, nearer = 1) {
    const from = this.#camera.position.clone().sub(this.#controls.target);
    const place = new Spherical().setFromVector3(from);
    place.theta += azimuth;
    place.phi = Math.min(Math.max(place.phi - height, ALMOST_UPRIGHT), Math.PI - ALMOST_UPRIGHT);
    place.radius = Math.min(Math.max(place.radius / nearer, 0.2), 100);
    this.#place(place);
  }

  /** Draw the people onto a 2D canvas as the picture's camera sees them (see drawPicture). */
  drawPicture(canvas, box, people) {
    const visible = this.#grid?.visible;
    if (this.#grid) this.#grid.visible = false;
    drawPicture(this.#renderer, this.#scene, this.#people, canvas, box, people);
    if (this.#grid) this.#grid.visible = visible;
    this.#resize();
  }

  render() {
    this.#renderer.render(this.#scene, this.#camera);
  }

  #place(place) {
    this.#camera.position.setFromSpherical(place).add(this.#controls.target);
    this.#controls.update();
    this.render();
  }

  #addGrid() {
    const size = this.#bounds.getSize(new Vector3());
    const metres = Math.ceil(Math.max(size.x, size.z) + 1);
    this.#grid = new GridHelper(metres, 2 * metres, 0x888888, 0x888888);
    this.#grid.material.transparent = true;
    this.#grid.material.opacity = 0.35;
    this.#bounds.getCenter(this.#grid.position).setY(this.#bounds.min.y);
    this.#scene.add(this.#grid);
  }

  #resize() {
    const { clientWidth, clientHeight } = this.#renderer.domElement;
    if (!clientWidth || !clientHeight) return;
    this.#renderer.setSize(clientWidth, clientHeight, false);
    this.#camera.aspect = clientWidth / clientHeight;
    this.#camera.updateProjectionMatrix();
    this.render();
  }
}
